"""What all tests share: no setting of the machine reaches them, and each run finds the same."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from digest.store.database import Database
from tests.sampling import WHOLE

# No deadline: a machine that is busy is not a fault of ours.
settings.register_profile("same", deadline=None, derandomize=True)
# What it finds it keeps below .hypothesis/, tries first the next time, and prints as an @example.
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if WHOLE else "same")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without content: to copy it takes no time."""
    folder = tmp_path_factory.mktemp("template")
    Database("sqlite:///migrated.db", folder).close()
    return folder / "migrated.db"
