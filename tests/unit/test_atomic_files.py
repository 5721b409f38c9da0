"""Files that are written whole: on the disk, or as if nothing had been tried."""

import asyncio
import os
import resource
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import make_bounce_processor
from digest.atomic_files import (
    make_private_folder,
    replacing,
    write_all_whole,
    write_new,
    write_whole,
)
from digest.config import load_config
from digest.deliver.backend import WaitSignal
from digest.deliver.bounces.mailboxes import ReturnedMail
from digest.deliver.outbox import OutboxBackend
from digest.errors import DigestError
from digest.merge.topic_model import Label, Text, train
from digest.model import Envelope, Verdict
from digest.new_project import create_project
from digest.secret_key import secret_key
from digest.services.sources.sources_file import write_sources_file
from digest.services.stories.topic_file import save
from digest.store.database import Database
from digest.store.snapshot import copy_to
from tests.pipelines import open_pipeline

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@contextmanager
def disk_that_is_full_after(size: int):
    """No file grows above `size` bytes: writing more fails, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def calls_of(*names: str):
    """The calls of these functions of the system, in their order, in all threads."""
    seen: list[str] = []

    def note(_frame, event, function):
        if event == "c_call" and getattr(function, "__name__", "") in names:
            seen.append(function.__name__)

    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_file_is_replaced_at_once_and_nothing_else_is_left(tmp_path):
    file = tmp_path / "kept"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert names(tmp_path) == ["kept"]


def test_the_file_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_returns(tmp_path):
    with calls_of("fsync", "replace") as seen:
        write_whole(tmp_path / "kept", b"one")
    assert seen == ["fsync", "replace", "fsync"]
    with calls_of("fsync", "replace") as seen:
        write_whole(tmp_path / "kept", b"one", sync=False)
    assert seen == ["replace"]


def test_files_that_are_written_together_wait_for_their_folder_once(tmp_path):
    contents = {f"{number}.eml": b"text" for number in range(20)}
    with calls_of("fsync", "replace") as seen:
        assert write_all_whole(tmp_path, contents) == {}
    assert seen.count("fsync") == 21
    assert seen.count("replace") == 20
    assert seen[-1] == "fsync"
    assert names(tmp_path) == sorted(contents)


def test_one_that_cannot_be_written_does_not_keep_the_others_from_it(tmp_path):
    (tmp_path / "two").mkdir()
    faults = write_all_whole(tmp_path, {"one": b"1", "two": b"2", "three": b"3"})
    assert list(faults) == ["two"]
    assert names(tmp_path) == ["one", "three", "two"]


def test_on_a_full_disk_what_was_there_stays_and_nothing_is_left_over(tmp_path):
    file = tmp_path / "kept"
    write_whole(file, b"old")
    with disk_that_is_full_after(1000), pytest.raises(OSError, match="File too large"):
        write_whole(file, b"x" * 2000)
    assert file.read_bytes() == b"old"
    with disk_that_is_full_after(1000), pytest.raises(OSError, match="File too large"):
        write_new(tmp_path / "new", b"x" * 2000, mode=0o600)
    with disk_that_is_full_after(1000):
        assert list(write_all_whole(tmp_path, {"a": b"x" * 2000, "b": b"x"})) == ["a"]
    assert names(tmp_path) == ["b", "kept"]


def test_what_cannot_be_given_its_name_is_removed(tmp_path):
    (tmp_path / "folder" / "in it").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "folder", b"text")
    with suppress(KeyboardInterrupt), replacing(tmp_path / "file") as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(tmp_path) == ["folder"]


def test_a_file_that_is_to_be_new_is_never_replaced(tmp_path):
    write_new(tmp_path / "key", b"one", mode=0o600)
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "key", b"two", mode=0o600)
    assert (tmp_path / "key").read_bytes() == b"one"
    assert names(tmp_path) == ["key"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_file_has_the_mode_that_is_asked_for_or_that_of_its_forerunner(tmp_path, umask):
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "private", b"", mode=0o600)
        write_whole(tmp_path / "usual", b"")
        write_whole(tmp_path / "shared", b"", mode=0o664)
        write_whole(tmp_path / "shared", b"again")
        make_private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert mode(tmp_path / "private") == 0o600
    assert mode(tmp_path / "usual") == 0o666 & ~umask
    assert mode(tmp_path / "shared") == 0o664
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700


# Everything of ours that is written so.


@pytest.fixture
def root(tmp_path):
    create_project(tmp_path / "project")
    return tmp_path / "project"


def model():
    labels = [
        Label(Text(f"{word} {number} story", ()), topic)
        for topic, word in (("physics", "quark"), ("space", "rocket"), ("health", "virus"))
        for number in range(20)
    ]
    return train(labels, ("health", "physics", "space"), NOW)


def test_sources_that_a_full_disk_cuts_off_are_told_of_and_the_file_stays(root):
    before = (root / "config" / "sources.toml").read_bytes()
    with disk_that_is_full_after(800), pytest.raises(DigestError, match="cannot be written"):
        write_sources_file(root, "# a comment\n" * 1000)
    assert (root / "config" / "sources.toml").read_bytes() == before
    assert not list(root.rglob("*.part"))


def test_topics_that_a_full_disk_cuts_off_leave_nothing(root):
    with disk_that_is_full_after(800), pytest.raises(DigestError, match="cannot be written"):
        save(load_config(root), model())
    assert names(root / "var") == []


def test_a_letter_that_a_full_disk_cuts_off_is_not_put_away(root):
    put_away = []
    letter = ReturnedMail(b"nobody can read this\n" * 1000, lambda: put_away.append("letter"))
    with (
        open_pipeline(root) as pipeline,
        disk_that_is_full_after(800),
        pytest.raises(DigestError, match="cannot be written"),
        make_bounce_processor(pipeline.project) as processor,
    ):
        processor.process([letter])
    assert put_away == names(root / "var" / "bounces" / "unreadable") == []


def test_a_copy_that_a_full_disk_cuts_off_leaves_the_last_one(root):
    (root / "copy.db").write_bytes(b"the last one")
    with (
        open_pipeline(root) as pipeline,
        disk_that_is_full_after(8000),
        pytest.raises(DigestError, match="cannot be written"),
    ):
        copy_to(pipeline.project.database.engine, root / "copy.db")
    assert (root / "copy.db").read_bytes() == b"the last one"
    assert not list(root.rglob("*.part"))


def test_a_key_that_could_not_be_kept_is_no_key(root):
    (root / ".env").write_text("")
    database = Database("sqlite:///:memory:", root)
    with disk_that_is_full_after(10), pytest.raises(DigestError, match="cannot be made"):
        secret_key(load_config(root), database)
    assert names(root / "var") == []
    assert secret_key(load_config(root), database) == (root / "var" / "secret_key").read_text()
    assert mode(root / "var") == 0o700


# The outbox.


def envelopes(count, size=1000):
    return [Envelope("a@x.test", "b@x.test", b"x" * size, f"mail-{n}") for n in range(count)]


def run(folder, given):
    """What a session makes of envelopes and bells: its account, and what it said was done."""
    rest, done = iter([*given, None]), []
    end = asyncio.run(
        OutboxBackend(folder).session(lambda: next(rest), lambda *told: done.append(told))
    )
    return end, done


def test_a_message_is_done_when_it_is_on_the_disk(tmp_path):
    rest = iter([*envelopes(30), None])
    with calls_of("fsync") as seen:
        session = OutboxBackend(tmp_path / "outbox").session(
            lambda: next(rest), lambda _envelope, outcome: seen.append(outcome.verdict)
        )
        asyncio.run(session)
    assert seen == ["fsync"] * 31 + [Verdict.SENT] * 30
    assert mode(tmp_path / "outbox") == 0o700
    assert {mode(path) for path in (tmp_path / "outbox").iterdir()} == {0o600}


def test_what_there_is_is_written_before_more_is_waited_for(tmp_path):
    signal = WaitSignal()
    rest = iter([*envelopes(3), signal, *envelopes(1), None])

    async def session():
        three, done = asyncio.Event(), []

        def note(envelope, _outcome):
            done.append(envelope)
            if len(done) == 3:
                three.set()

        working = asyncio.create_task(OutboxBackend(tmp_path).session(lambda: next(rest), note))
        async with asyncio.timeout(30):
            await three.wait()
            signal.ring()
            return await working

    assert asyncio.run(session()).messages == 4


def test_on_a_full_disk_the_run_stops_and_what_was_written_is_done(tmp_path):
    given = [*envelopes(5), *envelopes(1, size=5000)]
    given[5] = Envelope("a@x.test", "b@x.test", b"x" * 5000, "too-large")
    with disk_that_is_full_after(2000):
        end, done = run(tmp_path, given)
    assert [told.name for told in end.not_attempted] == ["too-large"]
    assert end.messages == len(done) == 5
    assert "too-large.eml cannot be written" in end.detail
    assert len(names(tmp_path)) == 5
