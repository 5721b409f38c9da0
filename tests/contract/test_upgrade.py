"""A database of every version there was, with rows in it, is brought up to date and loses nothing.

tests/data/schemas says how the files were made.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.errors import DigestError
from digest.store import issues
from digest.store.database import HEAD, Database
from digest.store.suppressions import address_hash
from tests.contract.test_schema import shape
from tests.paths import ROOT

SCHEMAS = ROOT / "tests/data/schemas"
EDITIONS = sorted({path.name.partition(".")[0] for path in SCHEMAS.glob("*.sql")})
# Of 0002 to 0005, what the first edition made of it and lost: a cache, and who is at work.
NOT_KEPT = {"robots", "seats", "alembic_version"}


@pytest.fixture
def url(empty_url):
    """An empty database: each test brings one of an earlier version."""
    return empty_url


def load(url: str, folder: Path, edition: str) -> None:
    """Put the rows and tables of an edition into the empty database at `url`."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    text = (SCHEMAS / f"{edition}.{kind}.sql").read_text()
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
    tables = sa.inspect(engine).get_table_names()
    with engine.connect() as connection:
        return {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0
            for name in tables
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


@pytest.fixture(params=EDITIONS)
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
    database = open_database()
    assert database.revision() == HEAD
    assert counts(database.engine) == counts(database.engine) | before
    with database.read() as connection:
        record = issues.get(connection, 1)
    assert record.issue is not None
    assert (record.key, record.issue.lead.headline) == ("daily-2026-11-20", "Probe lands")
    fresh = Database(new_url(), tmp_path)
    try:
        assert shape(database.engine) == shape(fresh.engine)
    finally:
        fresh.close()


def test_keys_are_held_to_as_before_and_new_rows_have_numbers_of_their_own(old, open_database):
    database = open_database()
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
    database = open_database()
    query = "SELECT issue_id, subscriber_id, state, cause, reply FROM deliveries ORDER BY 1, 2"
    edition = {(2, 3): ("merged", "late", None), (2, 4): ("merged", "same-date", None)}
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
        **(edition if old >= "0005" else {}),
    }
    query = "SELECT state, cause, reply FROM attempts ORDER BY issue_id"
    history = [("deferred", None, "451 4.7.1 later"), ("in doubt", "worker-died", None)]
    assert rows(database, query) == (history if old >= "0002" else [])
    query = "SELECT state, cause, reason FROM issues ORDER BY id"
    assert rows(database, query)[2:] == [
        ("skipped", "day-over", "story 1: a link is broken"),
        ("skipped", None, "nothing new"),
    ]
    query = "SELECT state, cause, reply, address_hash FROM notices ORDER BY id"
    fay, dee, ada = (address_hash(f"{name}@example.org") for name in ("fay", "dee", "ada"))
    notices = [
        ("pending", None, None, fay),
        ("suppressed", "unsubscribed", None, dee),
        ("failed", "gave-up", "451 later", ada),
        ("skipped", None, None, ada),
        ("in doubt", "worker-died", None, ada),
    ]
    assert rows(database, query) == (notices if old >= "0005" else [])


def test_a_database_that_is_broken_already_is_refused_and_left_alone(url, tmp_path):
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL has nobody who can switch its foreign keys off")
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
