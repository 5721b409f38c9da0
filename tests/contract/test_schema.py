"""The migrations make the very schema that the code names, once, whoever opens the database."""

import json
import re
import subprocess
import sys
import time
from contextlib import closing
from functools import partial

import psutil
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from digest.errors import DigestError
from digest.store import claims, deliveries, figures, migrations, workers
from digest.store.database import Database
from digest.store.schema import metadata
from digest.store.schema_check import missing
from digest.store.schema_revision import HEAD
from digest.store.search import TABLE as SEARCH
from tests.builders import NOON
from tests.contract.givens import at_once
from tests.paths import ROOT

# Ready, on the mark, go: everything slow is loaded before the start.
OPEN_AT_THE_SIGNAL = """
import sys
import time
from functools import partial
from pathlib import Path
import digest.store.migrations, sqlalchemy.dialects.postgresql.psycopg
from digest.store.database import Database
print("ready", flush=True)
sys.stdin.readline()
database = Database(sys.argv[1], Path(sys.argv[2]))
print(database.revision())
database.close()
"""


def shape(engine):
    """All that the database says of its tables, but for the order in which it says it."""
    inspector = sa.inspect(engine)
    tables = {
        "columns": inspector.get_multi_columns(),
        "primary keys": inspector.get_multi_pk_constraint(),
        "foreign keys": inspector.get_multi_foreign_keys(),
        "unique": inspector.get_multi_unique_constraints(),
        "indexes": inspector.get_multi_indexes(),
    }
    return {
        (kind, table): sorted(map(words, found)) if isinstance(found, list) else words(found)
        for kind, every in tables.items()
        for (_, table), found in every.items()
        if table != "alembic_version"
    }


def is_search(table):
    """Whether a table belongs to the index of the archive: FTS5 makes several."""
    return table.startswith(SEARCH)


def words(found):
    """What was found as text; a condition of an index by its SQL."""
    return json.dumps(found, default=str, sort_keys=True)


def test_head_is_the_newest_migration():
    assert migrations.head() == HEAD


def test_the_migrated_schema_is_what_the_tables_say(database):
    with database.read() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                # Of kinds that SQLAlchemy does not know; digest.store.search makes them.
                "include_name": lambda name, kind, _: kind != "table" or not is_search(name),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrated_schema_is_a_fresh_one(database, empty_url, tmp_path):
    fresh = Database(empty_url, tmp_path)
    tables = with_conditions_on_postgresql(metadata)
    try:
        with fresh.write() as connection:
            tables.drop_all(connection)
            tables.create_all(connection)
        assert shape(database.engine) == shape(fresh.engine)
        tables_made = {table for _, table in shape(fresh.engine)}
        assert {table for table in tables_made if not is_search(table)} == set(metadata.tables)
    finally:
        fresh.close()


def with_conditions_on_postgresql(tables):
    """The same tables, whose indexes have on PostgreSQL the conditions and ways that are said."""
    copy = sa.MetaData(naming_convention=tables.naming_convention)
    for table in tables.sorted_tables:
        said = {index.name: index.info for index in table.indexes}
        for index in table.to_metadata(copy).indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["ops"] = said[index.name].get("ops", {})
    return copy


def test_no_index_holds_what_a_claim_changes(database):
    """PostgreSQL writes into all indexes of a table, unless no update changes what is in any."""
    query = sa.text(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'deliveries'"
        if database.is_sqlite
        else "SELECT indexdef FROM pg_indexes WHERE tablename = 'deliveries'"
    )
    with database.read() as connection:
        definitions = " ".join(filter(None, connection.scalars(query)))
    assert "finished_at IS NULL" in definitions
    assert not {"state", "worker", "claimed_at", "attempts"} & set(re.findall(r"\w+", definitions))


def test_what_waits_is_looked_for_in_an_index_of_what_waits(tmp_path):
    """What was sent is not read over, in SQLite, whose plans follow from the schema alone."""
    plans = []

    def explain(_connection, cursor, statement, parameters, _context, many):
        if " deliveries" in statement and not many:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(str(row[-1]) for row in cursor.fetchall()))

    with closing(Database("sqlite:///indexes.db", tmp_path)) as database:
        sa.event.listen(database.engine, "before_cursor_execute", explain)
        with database.rehearsal() as connection:
            worker = workers.new_worker()
            workers.register(connection, worker)
            plans.clear()
            for ask in (deliveries.is_due, deliveries.waiting):
                ask(connection, 1, NOON, resend_in_doubt=True)
            deliveries.is_open(connection, 1, resend_in_doubt=True)
            deliveries.is_overdue(connection, 1, NOON)
            deliveries.overdue(connection, 1, NOON)
            deliveries.later_on(connection, 1, NOON)
            deliveries.give_up_untold(connection, 1, NOON, NOON)
            deliveries.expire(connection, 1, NOON, 24)
            figures.last_sent(connection, 1)
            claims.claim(connection, 1, worker="w", now=NOON, limit=9, resend_in_doubt=True)
    assert len(plans) > 12
    for plan in plans:
        assert re.search("SEARCH deliveries USING INDEX ix_deliveries_", plan), plan


def test_what_is_missing_is_named(database, open_database):
    with database.write() as connection:
        assert list(missing(connection)) == []
        connection.execute(sa.text("DROP TABLE bounces"))
        connection.execute(sa.text("DROP TABLE story_search"))
        connection.execute(sa.text("DROP INDEX ix_notices_turn"))
        connection.execute(sa.text("ALTER TABLE stories DROP COLUMN pinned"))
    with open_database().read() as connection:
        assert set(missing(connection)) == {
            "table bounces",
            "table story_search",
            "index ix_notices_turn",
            "column stories.pinned",
        }


def test_opening_again_is_harmless(open_database):
    first = open_database()
    before = shape(first.engine)
    second = open_database()
    assert second.revision() == first.revision() == HEAD
    assert shape(second.engine) == before


def test_threads_that_open_an_empty_database_at_once_all_succeed(empty_url, tmp_path):
    opened = at_once([partial(Database, empty_url, tmp_path)] * 4)
    try:
        assert [database.revision() for database in opened] == [HEAD] * 4
    finally:
        for database in opened:
            database.close()


def test_processes_that_open_an_empty_database_at_once_all_succeed(empty_url, tmp_path):
    command = [sys.executable, "-c", OPEN_AT_THE_SIGNAL, empty_url, str(tmp_path)]
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=60) for process in processes]
    assert ends == [(f"{HEAD}\n", "")] * 2


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database, url, tmp_path):
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = shape(database.engine)
    with pytest.raises(DigestError, match="of a newer version of") as refusal:
        Database(url, tmp_path, may_migrate=True)
    assert f"it has schema 9999, and this version works with {HEAD}" in refusal.value.message
    assert "docs/upgrading.md" in (refusal.value.remedy or "")
    assert database.revision() == "9999"
    assert shape(database.engine) == before


def test_a_refused_database_is_let_go_of(database, url, tmp_path):
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    before = held(database, tmp_path)
    with pytest.raises(DigestError) as refusal:  # holds the frames, and so all that they hold
        Database(url, tmp_path)
    patience = time.monotonic() + 10  # a server process takes its time to end
    while held(database, tmp_path) > before and time.monotonic() < patience:
        time.sleep(0.02)
    # Fewer are those of the test before, which the server had not ended yet.
    assert held(database, tmp_path) <= before, refusal


def held(database, folder):
    """How many connections, or open files, to this database there are."""
    if database.is_sqlite:
        return sum(file.path.startswith(str(folder)) for file in psutil.Process().open_files())
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = current_setting('application_name')"
    )
    with database.read() as connection:
        return connection.scalar(query)
