"""The command that brings the database up to date."""

from digest.app import migrate_queue, open_database
from digest.cli.context import project_root, upgrade_sentence
from digest.cli.options import ProjectFolder
from digest.cli.output import say
from digest.config import load_config
from digest.store.schema_revision import HEAD


def migrate(folder: ProjectFolder = None) -> None:
    """Bring the database to the schema of this version; with PostgreSQL nothing else does.

    Stop `digest serve`, `digest scheduler`, `digest worker` and cron before. A SQLite database is
    copied first.
    """
    config = load_config(project_root(folder))
    database = open_database(config, may_migrate=True)
    try:
        if database.upgrade is None:
            say(f"The database has schema {HEAD} already.")
        else:
            say(upgrade_sentence(database, database.upgrade))
        if migrate_queue(config, database):
            say("Brought the tables of the job queue up to date.")
    finally:
        database.close()
