"""Letters are kept first and put away then; what breaks in between loses none."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from digest.deliver.bounces.mailboxes import ReturnedMail
from digest.deliver.bounces.rules import BounceRules
from digest.model import Addressee, Bounce, BounceKind
from digest.services.bounces.process import BounceProcessor, hash_of
from digest.store import bounces, suppressions
from digest.store.database import Database
from tests.builders import NOON
from tests.contract.givens import given_subscribers, subscribe


@dataclass
class Box:
    """Letters that say their kind and subscriber, `hard 7`, and which were put away."""

    contents: list[str]
    done: list[str] = field(default_factory=list)

    def letters(self) -> Iterator[ReturnedMail]:
        for content in self.contents:
            yield ReturnedMail(content.encode(), partial(self.done.append, content))


def read(content: bytes) -> Bounce:
    kind, _, number = content.decode().partition(" ")
    about = Addressee(int(number), signed=True) if number else None
    return Bounce(BounceKind(kind), about, reason="as the test says")


class Broken(BounceRules):
    """Rules that fail where soft bounces are counted."""

    def was_deleted(self, issue_day, today):
        return False

    def too_many_soft(self, days):
        raise OSError("the disk is away")


def returns(
    database: Database, tmp_path: Path, rules: BounceRules | None = None
) -> BounceProcessor:
    return BounceProcessor(
        database, read, rules or BounceRules(), tmp_path / "unreadable", lambda: NOON
    )


def test_every_letter_of_many_is_kept_and_then_put_away(database, tmp_path):
    with database.write() as connection:
        numbers = subscribe(connection, *given_subscribers(250))
    box = Box([f"hard {number}" for number in numbers])
    report = returns(database, tmp_path).process(box.letters())
    assert (report.read, report.counts[BounceKind.HARD]) == (250, 250)
    assert len(report.suppressed) == 250
    assert box.done == box.contents


def test_a_letter_whose_batch_could_not_be_kept_stays_in_the_box(database, tmp_path):
    with database.write() as connection:
        hard, soft = subscribe(connection, *given_subscribers(2))
    box = Box([f"hard {hard}", "auto-reply", f"soft {soft}"])
    with pytest.raises(OSError, match="the disk is away"):
        returns(database, tmp_path, Broken()).process(box.letters())
    assert box.done == []
    with database.read() as connection:
        assert suppressions.reason_for(connection, "subscriber0@example.org") is None
    assert returns(database, tmp_path).process(box.letters()).read_before == 0
    assert box.done == box.contents


def test_a_dry_run_says_the_same_and_changes_nothing(database, tmp_path):
    with database.write() as connection:
        (number,) = subscribe(connection, *given_subscribers(1))
    box = Box([f"hard {number}", "unreadable", "auto-reply", "hard 4711"])
    rehearsed = returns(database, tmp_path).process(box.letters(), dry_run=True)
    with database.read() as connection:
        assert bounces.of_address(connection, "subscriber0@example.org", 9) == []
    assert box.done == []
    assert not (tmp_path / "unreadable").exists()
    done = returns(database, tmp_path).process(box.letters())
    assert done == rehearsed
    assert (done.about_nobody, len(done.put_aside), done.put_aside[0].file.read_text()) == (
        1,
        1,
        "unreadable",
    )


def test_who_asks_it_to_stop_finds_the_rest_in_the_box(database, tmp_path):
    box = Box(["notice"] * 250)
    report = returns(database, tmp_path).process(box.letters(), should_stop=lambda: bool(box.done))
    assert report.read == len(box.done) == 100


def test_asked_in_the_middle_of_a_batch_it_keeps_what_it_has(database, tmp_path):
    box = Box(["notice"] * 50)
    asked = iter([False] * 7 + [True] * 50)
    report = returns(database, tmp_path).process(box.letters(), should_stop=lambda: next(asked))
    assert report.read == len(box.done) == 7


def test_a_message_has_one_hash_whatever_way_it_came():
    plain = b"Subject: x\n\nHello\n"
    for other in (plain.replace(b"\n", b"\r\n"), b"From x Sat Nov 21\n" + plain, plain + b"\n"):
        assert hash_of(other) == hash_of(plain)
    assert hash_of(b"Subject: y\n\nHello\n") != hash_of(plain)
