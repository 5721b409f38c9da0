"""Copies of the database, and when the last was made."""

from pathlib import Path

from digest.errors import UsageError
from digest.project import Project
from digest.store import last_success
from digest.store.last_success import Milestone
from digest.store.snapshot import copy_to


def back_up(project: Project, file: Path) -> int:
    """Copy the SQLite database to a file while it is in use; how many bytes it has."""
    if not project.database.is_sqlite:
        raise UsageError(
            "the database is PostgreSQL",
            remedy="use its own pg_dump and pg_restore, then `digest backup --made`",
        )
    size = copy_to(project.database.engine, file)
    note_backup(project)
    return size


def note_backup(project: Project) -> None:
    """A backup was made just now."""
    with project.database.write() as connection:
        last_success.reach(connection, Milestone.BACKUP, project.clock())
