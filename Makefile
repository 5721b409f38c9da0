# The two commands of the README, and what developers need. Uses uv where it is there, else venv and pip.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: demo test check mail-check format clean help

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.ready-demo ## Build one issue from the sample stories and mail it to a catcher on this machine
	@$(BIN)/digest demo

test: $(VENV)/.ready-dev ## Run all tests
	@$(BIN)/pytest -n auto --dist worksteal -q

check: $(VENV)/.ready-dev ## Lint, format check, types, and the layers of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

mail-check: $(VENV)/.ready-dev ## Judge the mail with axe, Nu, caniemail, SpamAssassin and mailauth
	@test -d tests/mailcheck/node_modules || ! command -v npm >/dev/null || npm ci --prefix tests/mailcheck
	@$(BIN)/python -m tests.mailcheck

bench: $(VENV)/.ready-dev ## Measure rendering beside npm mjml, and sending beside Postfix, where they are installed
	@test -d tests/bench/node_modules || ! command -v npm >/dev/null || npm ci --prefix tests/bench
	@$(BIN)/python -m tests.bench.render
	@$(BIN)/python -m tests.bench.send

format: $(VENV)/.ready-dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove what was built
	rm -rf $(VENV) demo build dist

# Set-up: one stamp a kind, made anew when the requirements change.

ifneq ($(UV),)
$(VENV)/.ready-demo: pyproject.toml uv.lock
	@echo "Setting up with uv ..."
	@$(UV) sync --quiet --frozen --no-dev --inexact
	@touch $@

$(VENV)/.ready-dev: pyproject.toml uv.lock
	@echo "Setting up with uv ..."
	@$(UV) sync --quiet --frozen
	@touch $@ $(VENV)/.ready-demo
else
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.ready-demo: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up with pip ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Setting up with pip ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@ $(VENV)/.ready-demo
endif
