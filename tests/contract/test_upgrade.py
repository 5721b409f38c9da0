"""A database of every version there was, with rows in it, is brought up to date and loses nothing.

tests/data/schemas says how the files were made.
"""

import json
import os
import sqlite3
import stat
import tomllib
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import DigestError
from digest.new_project import create_project
from digest.store import issues, preferences, subscriber_figures, subscribers, unsubscribes
from digest.store.database import Database
from digest.store.schema_revision import HEAD
from digest.store.snapshot import forget_copies
from digest.store.suppressions import address_hash
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import NOON
from tests.commands import start
from tests.contract.conftest import on_sqlite
from tests.contract.givens import subscribe
from tests.contract.subscriber_site import open_subscribers
from tests.contract.test_schema import shape
from tests.paths import ROOT
from tests.sampling import sample

SCHEMAS = ROOT / "tests/data/schemas"
*EARLIER, LAST = sorted({path.name.partition(".")[0] for path in SCHEMAS.glob("*.sql")})
# Of the earlier ones a sample; all of them by `make test-all`.
VERSIONS = [*sorted(sample(EARLIER, 2)), LAST]
# What no upgrade has to keep: a cache, and who is at work.
NOT_KEPT = {"robots", "connection_slots", "alembic_version"}
RENAMED = {"permits": "rate_usage", "seats": "connection_slots", "departures": "unsubscribes"}


@pytest.fixture
def url(empty_url):
    """An empty database: each test brings one of an earlier version."""
    return empty_url


def load(url: str, folder: Path, version: str) -> None:
    """Put the rows and tables of a version into the empty database at `url`."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    text = (SCHEMAS / f"{version}.{kind}.sql").read_text()
    if kind == "sqlite":
        with closing(sqlite3.connect(folder / url.removeprefix("sqlite:///"))) as file:
            file.executescript(text)
        return
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        for line in text.splitlines():
            connection.exec_driver_sql(line.replace("%", "%%"))
    engine.dispose()


def counts(engine: sa.Engine) -> dict[str, int]:
    tables = {RENAMED.get(name, name): name for name in sa.inspect(engine).get_table_names()}
    with engine.connect() as connection:
        return {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {stored_as}")) or 0
            for name, stored_as in tables.items()
            if name not in NOT_KEPT
        }


def counts_at(url: str, folder: Path) -> dict[str, int]:
    parsed = sa.make_url(url)
    if url.startswith("sqlite"):
        parsed = parsed.set(database=str(folder / (parsed.database or "")))
    else:
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(parsed)
    found = counts(engine)
    engine.dispose()
    return found


@pytest.fixture(params=VERSIONS)
def old(request, url, tmp_path):
    load(url, tmp_path, request.param)
    return request.param


def rows(database, query):
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_no_row_is_lost_and_the_schema_is_that_of_a_new_database(
    old, url, new_url, open_database, tmp_path
):
    before = counts_at(url, tmp_path)
    assert before["stories"] == before["issue_stories"] == 2
    database = open_database(may_migrate=True)
    assert database.revision() == HEAD
    assert counts(database.engine) == counts(database.engine) | before
    with database.read() as connection:
        record = issues.get(connection, 1)
        figures = subscriber_figures.by_day(connection, "daily", date(2026, 11, 1)).values()
        assert sum(joined for joined, _ in figures) == subscribers.count(connection, "daily") > 0
    assert record.issue is not None
    assert (record.key, record.issue.lead.headline) == ("daily-2026-11-20", "Probe lands")
    fresh = Database(new_url(), tmp_path)
    try:
        assert shape(database.engine) == shape(fresh.engine)
    finally:
        fresh.close()


def test_keys_are_held_to_as_before_and_new_rows_have_numbers_of_their_own(old, open_database):
    database = open_database(may_migrate=True)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(
            sa.text("INSERT INTO issue_stories (newsletter, story_id, issue_id) VALUES ('x', 9, 9)")
        )
    with database.write() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO subscribers (email, address_hash, name, created_at)"
                " VALUES ('new@example.org', 'new', '', '2026-11-22 06:00:00.000000')"
            )
        )
    assert rows(database, "SELECT id FROM subscribers WHERE address_hash = 'new'") == [(6,)]


def test_sentences_become_causes_and_replies_stay(old, open_database):
    database = open_database(may_migrate=True)
    query = "SELECT issue_id, subscriber_id, state, cause, reply FROM deliveries ORDER BY 1, 2"
    since_0005 = {(2, 3): ("merged", "late", None), (2, 4): ("merged", "same-date", None)}
    assert {row[:2]: row[2:] for row in rows(database, query)} == {
        (1, 1): ("sent", None, "250 ok"),
        (1, 2): ("failed", "gave-up", "451 4.7.1 later"),
        (1, 3): ("failed", "gave-up", None),
        (1, 4): ("suppressed", "unsubscribed", None),
        (1, 5): ("skipped", None, None),
        (1, 6): ("suppressed", "erased", None),
        (2, 1): ("sending", None, None),
        (2, 2): ("in doubt", "worker-died", None),
        (2, 5): ("deferred", None, "451 soon"),
        **(since_0005 if old >= "0005" else {}),
    }
    query = "SELECT state, cause, reply FROM attempts ORDER BY issue_id"
    history = [("deferred", None, "451 4.7.1 later"), ("in doubt", "worker-died", None)]
    assert rows(database, query) == (history if old >= "0002" else [])
    query = "SELECT state, cause, reason FROM issues ORDER BY id"
    assert rows(database, query)[2:] == [
        ("skipped", "day-over", "story 1: a link is broken"),
        ("skipped", None, "nothing new"),
    ]
    query = (
        "SELECT state, cause, reply, address_hash FROM notices WHERE kind != 'alert' ORDER BY id"
    )
    fay, dee, ada = (address_hash(f"{name}@example.org") for name in ("fay", "dee", "ada"))
    notices = [
        ("pending", None, None, fay),
        ("suppressed", "unsubscribed", None, dee),
        ("failed", "gave-up", "451 later", ada),
        ("skipped", None, None, ada),
        ("in doubt", "worker-died", None, ada),
    ]
    assert rows(database, query) == (notices if old >= "0005" else [])


def test_an_alert_of_then_has_its_mail_and_its_subscriber(url, open_database, tmp_path):
    load(url, tmp_path, "0040")
    query = (
        "SELECT alert_mails.story_id, subscriber_id, state FROM notices"
        " JOIN alert_mails ON alert_mails.id = alert_id"
    )
    assert rows(open_database(may_migrate=True), query) == [(1, 2, "sent")]


def test_the_links_of_the_mails_of_then_still_lead_out(old, url, open_database, tmp_path):
    open_database(may_migrate=True)
    link = tomllib.loads((SCHEMAS / "links.toml").read_text())[old]
    with open_subscribers(tmp_path / "project", url) as site:
        assert site.gets().keys() == {"daily"}
        assert site.get(link).status_code == 200
        assert site.gets().keys() == {"daily"}
        assert site.post(link, **{"List-Unsubscribe": "One-Click"}).status_code == 200
        assert site.gets() == {}
        assert site.left(1)["daily"].how == "one-click"


def test_with_postgresql_a_command_says_what_to_run_and_migrate_alone_does_it(
    url, tmp_path, open_database
):
    load(url, tmp_path, "0005-c")
    create_project(tmp_path / "project")
    env = {**os.environ, "DIGEST_DATABASE_URL": url, "DIGEST_SECRET_KEY": "long and hard to guess"}

    def digest(*args: str) -> tuple[int, str]:
        command = start(args, tmp_path / "project", env)
        told = "".join(command.communicate(timeout=120))
        return command.wait(), told

    if url.startswith("postgresql"):
        status, told = digest("status")
        assert status == 1
        assert f"it has schema 0005, and this version works with {HEAD}" in told
        assert "run `digest migrate`" in told
        status, told = digest("check")
        assert status == 1
        assert "run `digest migrate`" in told
        assert counts_at(url, tmp_path)["notices"] == 5
    status, told = digest("migrate")
    assert (status, f"Brought the database from schema 0005 to {HEAD}." in told) == (0, True)
    assert digest("migrate") == (0, f"The database has schema {HEAD} already.\n")
    assert digest("subscribers", "list")[0] == 0
    assert open_database().revision() == HEAD


def test_sqlite_is_copied_before_it_is_brought_up_to_date(url, tmp_path, open_database):
    load(url, tmp_path, "0005-c")
    database = open_database(may_migrate=True)
    assert database.upgrade is not None
    assert database.upgrade.before == "0005"
    if not database.is_sqlite:
        assert database.upgrade.copy is None
        return
    copy, file = database.upgrade.copy, database.file
    assert copy is not None
    assert file is not None
    assert copy == file.with_name(f"{file.stem}-before-{HEAD}.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0005",)
        assert old.execute("SELECT count(*) FROM departures").fetchone() == (1,)
    assert open_database().upgrade is None


def test_of_the_copies_the_newest_two_stay_for_a_month(tmp_path):
    file = tmp_path / "digest.db"
    names = [f"digest-before-{number}.db" for number in ("0006", "0007", "0010")]
    for name in ["digest.db", "other-before-0001.db", *names]:
        (tmp_path / name).touch()
    forget_copies(file, datetime.now(UTC) - timedelta(days=30))
    kept = {"digest.db", "other-before-0001.db", *names[1:]}
    assert {path.name for path in tmp_path.iterdir()} == kept
    os.utime(tmp_path / names[1], (1, 1))
    forget_copies(file, datetime.now(UTC) - timedelta(days=30))
    assert {path.name for path in tmp_path.iterdir()} == kept - {names[1]}


def test_where_no_copy_can_be_made_the_database_stays_as_it_was(tmp_path):
    url = "sqlite:///digest.db"
    load(url, tmp_path, "0005-c")
    (tmp_path / f"digest-before-{HEAD}.db").mkdir()  # nothing can be moved into its place
    with pytest.raises(DigestError, match=r"its copy .* cannot be written") as refusal:
        Database(url, tmp_path)
    assert "it was" in (refusal.value.remedy or "")
    assert counts_at(url, tmp_path)["notices"] == 5
    with closing(sqlite3.connect(tmp_path / "digest.db")) as left:
        assert left.execute("SELECT version_num FROM alembic_version").fetchone() == ("0005",)


@on_sqlite
def test_a_database_that_is_broken_already_is_refused_and_left_alone(url, tmp_path):
    load(url, tmp_path, "0004")
    path = tmp_path / url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM stories WHERE id = 2")
    connection.commit()
    with pytest.raises(DigestError, match=r"2 rows refer to .*issue_stories \(to stories\)"):
        Database(url, tmp_path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0004",)
    assert json.loads(connection.execute("SELECT content FROM issues").fetchone()[0])
    connection.close()


def test_a_keyword_that_begins_with_no_place_is_kept_as_the_words_that_it_was(database):
    migration = import_module("digest.store.migrations.versions.0045_keywords")
    old = ("block:x", "title:cup", "+re:publica", "block x", "10:30")
    with database.write() as connection:
        ann, ben = subscribe(connection, "ann@example.org", "ben@example.org")
        for number in (ann, ben):
            preferences.choose(connection, number, keywords=old)
        unsubscribes.end(connection, ben, "daily", UnsubscribeMethod.PAGE, NOON)
        migration.respell_keywords(connection)
        unsubscribes.restore(connection, ben, "daily", NOON)
        for email in ("ann@example.org", "ben@example.org"):
            (row,) = subscribers.subscriptions_of(connection, email)
            assert row["keywords"] == ("block x", "title:cup", "+re publica", "10:30")
