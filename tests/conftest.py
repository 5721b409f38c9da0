"""What all tests share: no setting of the machine reaches them, and each run finds the same."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from digest import log
from tests.migrated import migrated_database
from tests.sampling import WHOLE, examples
from tests.statements import compile_once

# That a machine is busy is no fault of ours: no deadline.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _PATIENT, derandomize=True, max_examples=examples(100))
# What it finds it keeps in .hypothesis/, tries first the next time, and prints for an @example.
settings.register_profile("explore", _PATIENT, print_blob=True)
settings.load_profile("explore" if WHOLE else "same")
compile_once()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _log_of_each_test_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in this process sets up the log, and would for the tests after."""
    monkeypatch.setattr(log, "_setup", log._Setup())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated database without content, to be copied."""
    return migrated_database()
