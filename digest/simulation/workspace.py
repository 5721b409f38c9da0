"""A copy of a project for a rehearsal, in a folder of its own: nothing of the project is touched.

Its settings are the project's, but that mail goes to the rehearsal's server, at its own pace and in
nobody's name; that stories come from a folder; and that nobody outside is asked or told.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from digest.app import open_database
from digest.config import Config
from digest.setting_origins import PREFIX
from digest.store import webhooks
from digest.store.database import Database
from digest.store.schema import metadata
from digest.store.snapshot import copy_to

STORIES = "stories"
_SOURCES = f'[[sources]]\nid = "rehearsal"\nkind = "folder"\npath = "{STORIES}"\n'
_ROWS = 1000
# Seconds to wait for a server that says nothing: each costs so much of the rehearsal's own time.
_TIMEOUT = 2


def settings_of(config: Config, port: int) -> dict[str, str]:
    """The variables by which a copy's settings differ from the project's."""
    settings = config.settings
    mail = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "TIMEOUT": str(_TIMEOUT)}
    mail |= {"USERNAME": "", "TOKEN_COMMAND": ""}
    # Limits are kept in real time, which a rehearsal does not have.
    mail |= {f"PER_{span}": "0" for span in ("SECOND", "MINUTE", "HOUR", "DAY")}
    servers = [f"BACKENDS_{name.replace('-', '_').upper()}" for name in settings.backends]
    changed = {
        f"{server}_{key}": value for server in servers or ["SMTP"] for key, value in mail.items()
    }
    files = {
        "SMTP_CA_FILE": settings.smtp.ca_file,
        "DKIM_RSA_KEY_FILE": settings.dkim.rsa_key_file,
        "DKIM_ED25519_KEY_FILE": settings.dkim.ed25519_key_file,
        "BOUNCES_IMAP_CA_FILE": settings.bounces.imap_ca_file,
    }
    changed |= {name: str(config.path(file)) for name, file in files.items() if file is not None}
    changed |= {
        "BACKEND": "smtp",
        "DATABASE_URL": "sqlite:///var/digest.db",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "HEARTBEAT_URL": "",
        "SUMMARISER_URL": "",
        "WORKERS_ENABLED": "false",
    }
    return {PREFIX + name: value for name, value in changed.items()}


def copy_project(config: Config, root: Path, variables: Mapping[str, str]) -> None:
    """Copy settings and templates to `root`; what stands in .env of what differs is left out."""
    shutil.copytree(config.root / "config", root / "config")
    (root / "config" / "sources.toml").write_text(_SOURCES, "utf-8")
    settings = root / "config" / "digest.toml"
    # Nobody is there who would approve.
    text = re.sub(r"(?m)^(\s*approval\s*=).*$", r'\1 "none"', settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    if config.path("templates").is_dir():
        shutil.copytree(config.path("templates"), root / "templates")
    if (config.root / ".env").exists():
        lines = (config.root / ".env").read_text("utf-8").splitlines()
        kept = [line for line in lines if _name_in(line) not in variables]
        (root / ".env").write_text("\n".join(kept) + "\n", "utf-8")
    (root / STORIES).mkdir()
    (root / "var").mkdir()


def copy_database(config: Config, file: Path) -> None:
    """Copy the project's database to a SQLite file, without its webhooks: nobody is told."""
    with closing(open_database(config)) as source:
        if source.is_sqlite:
            copy_to(source.engine, file)
        with closing(Database(f"sqlite:///{file}", file.parent)) as target:
            if not source.is_sqlite:
                _copy_rows(source, target)
            with target.write() as connection:
                webhooks.remove_all(connection)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """With these variables, also for the processes that are started meanwhile."""
    before = dict(os.environ)
    for name in [name for name in before if name.removesuffix("_FILE") in variables]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _name_in(line: str) -> str:
    """The variable that a line of .env sets, NAME also where it is NAME_FILE."""
    return line.removeprefix("export ").partition("=")[0].strip().removesuffix("_FILE")


def _copy_rows(source: Database, target: Database) -> None:
    with source.read() as reading, target.write() as writing:
        for table in metadata.sorted_tables:
            rows = reading.execute(sa.select(table)).mappings()
            for some in rows.partitions(_ROWS):
                writing.execute(sa.insert(table), [dict(row) for row in some])
