"""The schema's history, by Alembic. `python -m alembic` is not needed: opening upgrades."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from digest.errors import DigestError


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
    """Bring the schema to the newest migration, in the open transaction."""
    config = configuration()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DigestError(
            f"the database is of another version: {error}",
            remedy="use the version of newsletter-digest that last opened it, or a newer one",
        ) from error
