"""The schema's history, by Alembic. `python -m alembic` is not needed: opening upgrades."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from digest.errors import DigestError
from digest.store.schema import Instant


def configuration() -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str | None:
    """The newest migration."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def upgrade(connection: sa.Connection) -> None:
    """Bring the schema to the newest migration, in the open transaction.

    On SQLite foreign keys must be off before it begins; they are checked at the end.
    """
    config = configuration()
    config.attributes["connection"] = connection
    _mend_first_edition_of_0002(connection)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DigestError(
            "the database has a schema that this version of newsletter-digest does not know",
            remedy="use the version of newsletter-digest that last opened it, or a newer one",
        ) from error
    if connection.dialect.name == "sqlite":
        _check_foreign_keys(connection)


def _mend_first_edition_of_0002(connection: sa.Connection) -> None:
    """It did not make issues.reopened_at, which 0005 reads; what else is amiss 0006 mends."""
    inspector = sa.inspect(connection)
    if not inspector.has_table("attempts") or inspector.has_table("notices"):
        return  # before 0002, or after 0005
    if "reopened_at" not in {column["name"] for column in inspector.get_columns("issues")}:
        added: sa.Column[datetime] = sa.Column("reopened_at", Instant())
        Operations(MigrationContext.configure(connection)).add_column("issues", added)


def _check_foreign_keys(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({f"{row[0]} (to {row[2]})" for row in broken}))
        raise DigestError(
            f"the database cannot be brought up to date: {len(broken)} rows refer to rows that "
            f"are not there, in {tables}",
            remedy="it was left as it was; restore a backup: see docs/howto/restore.md",
        )
