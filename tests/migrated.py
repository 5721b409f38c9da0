"""A SQLite database with the schema and without content: to copy it takes no time."""

import atexit
import tempfile
from functools import cache
from pathlib import Path

from digest.store.database import Database


@cache
def migrated_database() -> Path:
    """Its file, made once in a process; nobody opens it."""
    folder = tempfile.TemporaryDirectory(prefix="digest-template-")
    atexit.register(folder.cleanup)
    Database("sqlite:///migrated.db", Path(folder.name)).close()
    return Path(folder.name, "migrated.db")
