# The two commands of the README, and what developers need. Uses uv where it is there, else venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# Where it is set, each process that the tests start would compile the whole package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all hostile soak bench check mail-check api-check sbom format clean help

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.ready-demo ## Build one issue from the sample stories and mail it to a catcher on this machine
	@$(BIN)/digest demo

# The order of the tests, the examples and the samples follow from SEED.
# Many tests wait for a server, a process or a disk: two at a time for each processor.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 2)
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal -q
SEED ?= 1

test: $(VENV)/.ready-dev ## Run the tests, of the largest matrices a sample; the same each time
	@echo "SEED=$(SEED)"
	@TESTS=sample SEED=$(SEED) $(PYTEST) --randomly-seed=$(SEED)

test-all soak: SEED := $(shell od -An -N3 -tu4 /dev/urandom | tr -d " ")
test-all: $(VENV)/.ready-dev ## Run all tests, in another order and with other examples each time
	@echo "SEED=$(SEED)"
	@TESTS=all SEED=$(SEED) $(PYTEST) --randomly-seed=$(SEED)

soak: $(VENV)/.ready-dev ## A hundred kills, twenty of what else happens to hosts and databases: nobody is lost
	@echo "SEED=$(SEED)"
	@KILLS=100 SEED=$(SEED) $(PYTEST) -rP tests/chaos

# What stands in tests/hostile, whole, and what stands with the code that it is about.
HOSTILE := tests/hostile tests/unit/test_patterns.py tests/unit/collect/net tests/unit/deliver/smtp \
	tests/unit/render/test_links.py tests/unit/web/test_connections.py tests/contract/test_signups.py \
	tests/integration/test_connection.py tests/integration/test_crawl.py tests/integration/test_fetch.py \
	tests/integration/test_linkcheck.py tests/integration/test_security.py tests/integration/test_smtp_faults.py
hostile: $(VENV)/.ready-dev ## Try all that strangers may send, whole: markup, addresses, letters, servers, slow clients
	@TESTS=all SEED=$(SEED) $(PYTEST) --randomly-seed=$(SEED) $(HOSTILE)
	@ALONE=1 $(BIN)/pytest -q tests/hostile/test_strangers.py

check: $(VENV)/.ready-dev ## Lint, format check, types, and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

mail-check: $(VENV)/.ready-dev ## Judge the mail with axe, Nu, caniemail, SpamAssassin and mailauth
	@test -d tests/mailcheck/node_modules || ! command -v npm >/dev/null || npm ci --prefix tests/mailcheck
	@$(BIN)/python -m tests.mailcheck

bench: $(VENV)/.ready-dev ## Measure rendering and sending, beside mjml, Postfix, Django and nodemailer where they can be had
	@$(WITH_BENCH) || echo "Django could not be installed"
	@test tests/bench/node_modules/.package-lock.json -nt tests/bench/package-lock.json || \
		! command -v npm >/dev/null || npm ci --prefix tests/bench || echo "npm's packages could not be installed"
	@$(BIN)/python -m tests.bench.render
	@$(BIN)/python -m tests.bench.send
	@$(BIN)/python -m tests.bench.whole
	@$(BIN)/python -m tests.bench.scale
	@$(BIN)/python -m tests.bench.million
	@$(BIN)/python -m tests.bench.growth
	@$(BIN)/python -m tests.bench.due
	@$(BIN)/python -m tests.bench.choices
	@$(BIN)/python -m tests.bench.preferences
	@$(BIN)/python -m tests.bench.web
	@$(BIN)/python -m tests.bench.webhooks
	@$(BIN)/python -m tests.bench.search
	@$(BIN)/python -m tests.bench.strangers
	-@$(BIN)/python -m tests.bench.startup
	@$(BIN)/python -m tests.bench.feeds
	@$(BIN)/python -m tests.bench.collect
	@$(BIN)/python -m tests.bench.pictures
	@$(BIN)/python -m tests.bench.merge_speed
	@for file in tests/data/events-*.csv; do $(BIN)/python -m tests.bench.merge_eval $$file || exit 1; done

api-check: $(VENV)/.ready-dev ## Let schemathesis look for faults in the API, for ten minutes
	@$(BIN)/python -m tests.apicheck

sbom: $(VENV)/.ready-dev ## List what an installation holds, with licences, as CycloneDX: build/sbom.json
	@test -n "$(UV)" || { echo "make sbom needs uv: the list is of uv.lock"; exit 1; }
	@$(UV) sync --quiet --frozen --inexact --group sbom
	@UV_PROJECT_ENVIRONMENT=build/runtime $(UV) sync --quiet --frozen --no-dev --no-editable --extra postgres
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.json build/runtime
	@$(BIN)/python -m tests.licences build/sbom.json

format: $(VENV)/.ready-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove what was built
	rm -rf $(VENV) demo build dist

# Set-up: one stamp a kind, made anew when the requirements change. Somebody who watches sees that it
# goes on.
QUIET := $(shell test -t 2 || echo --quiet)

ifneq ($(UV),)
WITH_BENCH := $(UV) sync --quiet --frozen --inexact --group bench
$(VENV)/.ready-demo: pyproject.toml uv.lock
	@echo "Setting up with uv ..."
	@$(UV) sync $(QUIET) --frozen --no-dev --inexact
	@touch $@

$(VENV)/.ready-dev: pyproject.toml uv.lock
	@echo "Setting up with uv ..."
	@$(UV) sync $(QUIET) --frozen
	@touch $@ $(VENV)/.ready-demo
else
WITH_BENCH := $(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.ready-demo: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up with pip ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install $(QUIET) --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up with pip ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install $(QUIET) --disable-pip-version-check --editable . --group dev
	@touch $@ $(VENV)/.ready-demo
endif
