"""Transactions, times and texts are the same on both databases; errors say what to do."""

import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from threading import Event

import pytest
import sqlalchemy as sa

from digest.errors import DigestError, UsageError
from digest.faults import fault_of
from digest.model import SuppressionReason
from digest.store import reports, stories, suppressions
from digest.store.database import IDLE_SECONDS, Database, exclusively, in_words, insert_new
from digest.store.schema import suppressions as table
from tests.builders import NOON, keep, report, story
from tests.contract.conftest import on_postgresql
from tests.contract.givens import add_story, at_once

TEXTS = {
    "emoji": "👩‍🚀 lands 🇫🇷 \U0001fae8",
    "right to left": "אדם הולך שוב، يمشي مجددا",
    "quotes": """It's "so" `said` \\ \\n \\u0041 %s %(x)s :name {x} ; -- '); DROP TABLE stories""",
    "separators": "one\u2028two\u2029three\ttab\nline",
    "accents": "e\u0301 is not é here",
    "empty": "",
    "long": "z" * 100_000,
}


def count(database):
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


class Halt(Exception):  # noqa: N818
    pass


# transactions


def test_what_is_written_is_kept(database, open_database):
    with database.write() as connection:
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, NOON)
    assert count(open_database()) == 1


def fail(transaction, error):
    """Write something, and then break: by an exception, or by a statement that is refused."""
    with transaction() as connection:
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, NOON)
        add_story(connection, "a")
        if error is Halt:
            raise Halt
        add_story(connection, "a")


@pytest.mark.parametrize("error", [Halt, sa.exc.IntegrityError])
@pytest.mark.parametrize("how", ["write", "rehearsal"])
def test_what_breaks_undoes_all_that_was_written_before(database, how, error):
    with pytest.raises(error):
        fail(getattr(database, how), error)
    assert count(database) == 0
    with database.write() as connection:
        assert stories.count(connection) == 0
        add_story(connection, "a")


def test_a_rehearsal_sees_its_own_changes_and_keeps_none(database):
    with database.rehearsal() as connection:
        kept = add_story(connection)
        assert stories.get(connection, kept.id) == kept
    with database.read() as connection:
        assert stories.count(connection) == 0


def test_reading_changes_nothing(database):
    with database.read() as connection:
        connection.execute(sa.text("DELETE FROM stories"))
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, NOON)
    assert count(database) == 0


def test_a_subscriber_sees_one_state_whatever_is_written_meanwhile(database, open_database):
    other = open_database()
    with database.read() as connection:
        assert stories.count(connection) == 0
        with other.write() as writer:
            add_story(writer)
        assert stories.count(connection) == 0
    with database.read() as connection:
        assert stories.count(connection) == 1


def test_what_is_exclusive_waits_for_its_turn(database, open_database):
    other = open_database()
    inside, order = Event(), []

    def first():
        with database.write() as connection:
            exclusively(connection)
            inside.set()
            time.sleep(0.2)
            order.append("first")

    def second():
        assert inside.wait(30)
        with other.write() as connection:
            exclusively(connection)
            order.append("second")

    at_once([first, second])
    assert order == ["first", "second"]


@on_postgresql
def test_who_is_stopped_in_a_transaction_holds_the_others_up_for_a_minute_and_no_longer(
    database, open_database
):
    with database.read() as connection:
        allowed = connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout"))
    assert allowed == f"{IDLE_SECONDS // 60}min"

    def stop_for_long() -> None:
        with database.write() as connection:
            connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
            exclusively(connection)
            with open_database().write() as other:
                exclusively(other)  # once the first one has lost its turn

    with pytest.raises(sa.exc.InternalError) as stopped:
        stop_for_long()
    error = fault_of(stopped.value)
    assert error is not None
    assert "nothing was done for a minute" in error.message
    with database.write() as connection:
        exclusively(connection)


def test_new_rows_leave_those_that_are_there_alone(database):
    rows = [{"address_hash": key, "reason": "bounced", "created_at": NOON} for key in "ab"]
    with database.write() as connection:
        insert_new(connection, table, rows[:1])
        insert_new(connection, table, [{**row, "reason": "left"} for row in rows])
        insert_new(connection, table, [])
        found = connection.execute(sa.select(table.c.address_hash, table.c.reason)).all()
    assert {tuple(row) for row in found} == {("a", "bounced"), ("b", "left")}


# times


def test_a_naive_time_is_refused(database):
    naive = NOON.replace(tzinfo=None)
    with (
        pytest.raises(sa.exc.StatementError, match="naive time"),
        database.write() as connection,
    ):
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, naive)
    with pytest.raises(sa.exc.StatementError, match="naive time"), database.read() as connection:
        connection.execute(sa.select(table).where(table.c.created_at < naive))
    assert count(database) == 0


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(microsecond=1),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=14))),
        datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_a_time_comes_back_as_the_same_instant_in_utc(database, moment):
    with database.write() as connection:
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, moment)
    with database.read() as connection:
        found = connection.scalar(sa.select(table.c.created_at))
        assert connection.scalar(sa.select(table.c.reason).where(table.c.created_at == moment))
    assert found == moment
    assert found.tzinfo is UTC


def test_times_are_compared_as_instants(database):
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    west = NOON.astimezone(timezone(timedelta(hours=-9)))
    with database.write() as connection:
        suppressions.suppress(connection, "a@example.org", SuppressionReason.BOUNCED, east)
        later = sa.select(sa.func.count()).where(table.c.created_at > west)
        same = sa.select(sa.func.count()).where(table.c.created_at >= west)
        assert connection.scalar(later) == 0
        assert connection.scalar(same) == 1


# texts


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_comes_back_as_it_was(database, text):
    told = story(headline=text, bullets=(text, "x"), topic_reason=text)
    found = report(headline=text, bullets=(text, "x"))
    with database.write() as connection:
        number = keep(connection, found, told, "raw")
    with database.read() as connection:
        kept = stories.get(connection, number)
        assert kept is not None
        assert (kept.headline, kept.bullets, kept.topic_reason) == (text, (text, "x"), text)
        assert reports.find(connection, "seeds", "a.txt") == (found, number, "raw")


# what cannot be opened


@pytest.mark.parametrize(
    "address",
    [
        "",
        "digest.db",
        "mysql://subscriber:secret@host/digest",
        "sqlite://subscriber:secret@var/digest.db",
        "postgresql://subscriber:secret@host:port/digest",
        "postgresql://subscriber:secret@host:/sec/ret@host/digest",
    ],
)
def test_a_wrong_url_is_told_with_a_right_one_and_without_the_password(tmp_path, address):
    with pytest.raises(UsageError) as refusal:
        Database(address, tmp_path)
    assert "sqlite:///" in (refusal.value.remedy or "")
    assert "postgresql://" in (refusal.value.remedy or "")
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://subscriber:secret@127.0.0.1:1/digest",
        "postgres://subscriber:secret@127.0.0.1:1/digest",
        "postgresql+asyncpg://subscriber:secret@127.0.0.1:1/digest",
        "postgresql://subscriber@127.0.0.1:1/digest?password=secret",
        "postgresql://subscriber:secret@127.0.0.1:1/digest?sslmode=nonsense",
        "postgresql://subscriber:secret@127.0.0.1:1/digest?nonsense=1",
        "postgresql://subscriber:secret@127.0.0.1:99999/digest",
        "postgresql://subscriber:secret@/digest?host=/nowhere",
    ],
)
def test_an_unreachable_server_is_told_without_the_password(tmp_path, address):
    pytest.importorskip("psycopg", exc_type=ImportError)
    with pytest.raises(DigestError, match="cannot be used") as refusal:
        Database(address, tmp_path)
    assert "secret" not in refusal.value.message
    assert refusal.value.remedy


def test_a_database_that_is_not_there_is_told(postgres, tmp_path):
    address = postgres.url.set(database="nowhere", password="secret")
    with pytest.raises(DigestError, match="nowhere") as refusal:
        Database(address.render_as_string(hide_password=False), tmp_path)
    assert "secret" not in refusal.value.message


def test_a_missing_driver_is_told_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError) as refusal:
        Database("postgresql://subscriber:secret@127.0.0.1:1/digest", tmp_path)
    assert "pip install" in (refusal.value.remedy or "")


def test_the_folder_of_a_sqlite_file_is_made(tmp_path):
    Database("sqlite:///var/deep/digest.db", tmp_path).close()
    assert (tmp_path / "var" / "deep" / "digest.db").is_file()


def test_a_new_sqlite_file_into_which_somebody_writes_is_waited_for(tmp_path):
    # As when two processes open it at once: SQLite itself would not wait for this lock.
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE theirs (x)")
    with closing(other), ThreadPoolExecutor(1) as pool:
        opened = pool.submit(Database, "sqlite:///new.db", tmp_path)
        with pytest.raises(TimeoutError):
            opened.result(timeout=0.2)
        other.execute("COMMIT")
        opened.result(timeout=30).close()


def test_a_full_disk_is_told_in_words_with_what_to_do(tmp_path):
    database = Database("sqlite:///a.db", tmp_path)
    with database.write() as connection:
        pages = connection.scalar(sa.text("PRAGMA page_count"))
        connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(sa.exc.OperationalError) as full:
            add_story(connection, "x" * 1_000_000)
    database.close()
    told = in_words(full.value)
    assert told is not None
    assert told.message == "the database cannot go on: the disk is full"
    assert (told.remedy or "").startswith("make room on its disk and run again; ")


def test_a_sqlite_path_may_be_absolute(tmp_path):
    Database(f"sqlite:///{tmp_path}/there.db", tmp_path / "elsewhere").close()
    assert (tmp_path / "there.db").is_file()
    assert not (tmp_path / "elsewhere").exists()


def test_any_sqlite_driver_means_the_one_there_is(tmp_path):
    Database("sqlite+aiosqlite:///digest.db", tmp_path).close()
    assert (tmp_path / "digest.db").is_file()


@pytest.mark.parametrize("path", ["file/digest.db", "folder", "file", "locked/digest.db"])
def test_a_sqlite_file_that_cannot_be_is_told(tmp_path, path):
    (tmp_path / "file").write_text("not a database, but long enough to be taken for one" * 20)
    (tmp_path / "folder").mkdir()
    (tmp_path / "locked").mkdir(mode=0o500)
    if path.startswith("locked") and _may_write(tmp_path / "locked"):
        pytest.skip("root may write anywhere")
    with pytest.raises(DigestError, match="database") as refusal:
        Database(f"sqlite:///{path}", tmp_path)
    assert "permissions" in (refusal.value.remedy or "")


def _may_write(folder):
    try:
        (folder / "try").touch()
    except OSError:
        return False
    return True
