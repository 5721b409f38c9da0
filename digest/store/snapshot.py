"""A copy of a SQLite database that is in use."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from digest.errors import DigestError
from digest.store.database import Database


def copy_to(database: Database, file: Path) -> int:
    """Write one state of the whole database to a file, in place of what is there; its bytes.

    The file is whole or not there: it is written beside its place and moved. DigestError where it
    cannot be written.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with database.engine.connect() as connection, closing(sqlite3.connect(part)) as copy:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(copy)
            # One file is easier to carry than one with a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        part.replace(file)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DigestError(
            f"{file} cannot be written: {reason}",
            remedy="name a file in a folder that is there, with room on its disk",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size
