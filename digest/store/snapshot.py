"""A copy of a SQLite database that is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from digest.error_words import words_of
from digest.errors import DigestError
from digest.files import PRIVATE_FILE, replacing
from digest.store.database import Database


def copy_to(database: Database, file: Path) -> int:
    """Write one state of the whole database to a file, in place of what is there; its bytes.

    The file is whole or not there: it is written beside its place and moved. DigestError where it
    cannot be written.
    """
    try:
        with (
            replacing(file, mode=PRIVATE_FILE) as part,
            database.engine.connect() as connection,
            closing(sqlite3.connect(part)) as copy,
        ):
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(copy)
            # One file is easier to carry than one with a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except (OSError, sqlite3.Error) as error:
        reason = words_of(error)
        raise DigestError(
            f"{file} cannot be written: {reason}",
            remedy="name a file in a folder that is there, with room on its disk",
        ) from error
    return file.stat().st_size
