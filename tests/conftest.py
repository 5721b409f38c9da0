"""What all tests share: no setting of the machine reaches them."""

import os
from pathlib import Path

import pytest

from digest.store.database import Database


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
