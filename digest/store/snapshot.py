"""Copies of a SQLite database that is in use: a backup, and what it was before an upgrade."""

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from digest.atomic_files import PRIVATE_FILE, replacing
from digest.error_words import words_of
from digest.errors import DigestError
from digest.store.schema_revision import HEAD

# Of the copies that upgrades made, so many stay.
COPIES_KEPT = 2


def copy_to(engine: sa.Engine, file: Path) -> int:
    """Write one state of the whole database to a file, in place of what is there; its bytes.

    The file is whole or not there: it is written beside its place and moved. DigestError where it
    cannot be written.
    """
    try:
        with (
            replacing(file, mode=PRIVATE_FILE) as part,
            engine.connect() as connection,
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


def copy_before_upgrade(engine: sa.Engine, file: Path) -> Path:
    """Copy the database beside its file, as it is before it gets the schema of this version."""
    copy = file.with_name(f"{_prefix(file)}{HEAD}.db")
    try:
        copy_to(engine, copy)
    except DigestError as error:
        raise DigestError(
            f"the database is to be brought up to date, and its copy {error.message}",
            remedy="make room on its disk, or mend the folder's permissions, and run this again; "
            "the database was left as it was",
        ) from error
    return copy


def forget_copies(file: Path, before: datetime) -> None:
    """Delete the copies that upgrades made but for the newest, and any made before a real time.

    They hold the addresses of people who were erased since then.
    """
    copies = (
        path
        for path in file.parent.iterdir()
        if path.name.startswith(_prefix(file)) and path.suffix == ".db"
    )
    for age, copy in enumerate(sorted(copies, reverse=True)):
        with suppress(OSError):  # the next round is another try
            made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
            if age >= COPIES_KEPT or made < before:
                copy.unlink()


def _prefix(file: Path) -> str:
    return f"{file.stem}-before-"
