"""A newsletter's day with a clock that a test moves, and a relay that answers as it is told."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from digest.app import make_issue_builder, make_links, make_notice_sender
from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import FetchLimits
from digest.collect.net.guard import Guard, parse_allowed
from digest.collect.net.resolve import SystemResolver
from digest.config import load_config
from digest.deliver.bounces.rules import BounceRules
from digest.issue_edits import Edit
from digest.model import Envelope, Newsletter, Outcome, SourceRef, Story, Subscription
from digest.new_project import create_project
from digest.pipeline import Outside, Pipeline
from digest.project import Project
from digest.rate_limits import RateLimits
from digest.services.delivery.issues import DeliveryOptions, IssueSender
from digest.services.issues.approve import Review, approve, review
from digest.services.issues.build import IssueBuilder
from digest.services.issues.edit import make_edits
from digest.store import issues, stories, subscribers
from digest.store.database import Database
from digest.store.issues import IssueRecord
from digest.store.schema import notices
from tests.builders import keep, report, story
from tests.fakes import SENT, Relay

DAY = date(2026, 11, 20)
LETTER = "science-daily"  # its hour is 06:00 UTC


def at(clock: str) -> datetime:
    """An hour of the day."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


@contextmanager
def approval_worlds(root: Path, template: Path) -> Iterator[Callable[..., "ApprovalWorld"]]:
    """Makes the day of a new project in SQLite; `template` is a migrated database."""
    create_project(root)
    (root / "var").mkdir()
    shutil.copy(template, root / "var" / "digest.db")
    database = Database("sqlite:///var/digest.db", root)
    try:
        yield partial(ApprovalWorld, root, database)
    finally:
        database.close()


class ApprovalWorld:
    """A project whose newsletter has the settings of `letter`; `mailed` counts by address."""

    def __init__(self, root: Path, database: Database, **letter: Any) -> None:
        self.now = at("04:00")
        self.mailed: Counter[str] = Counter()
        self.messages: list[Envelope] = []
        self.on_mail: Callable[[int], None] = lambda _count: None
        self.answer: Callable[[Envelope], Outcome] = self.accept
        self.limits = RateLimits(connections=2)
        self.pace = 0.0
        self.database = database
        config = load_config(root)
        (plain,) = config.settings.newsletters
        self.newsletter: Newsletter = replace(plain, images="none", **letter)
        settings = config.settings.model_copy(update={"newsletters": (self.newsletter,)})
        config = replace(config, settings=settings)
        self.project = Project(config, database, lambda: self.now, make_links(config, "a key"))
        self.builder: IssueBuilder = make_issue_builder(self.project)
        options = DeliveryOptions(
            backends=lambda: [
                Relay(
                    answer=self.answer,
                    limits=self.limits,
                    shared_limits=self.pace,
                )
            ],
            signer=lambda _newsletter: None,
            rules=BounceRules,
        )
        self.pipeline = Pipeline(
            self.project,
            Outside(
                lambda _copies: pytest.fail("no feed is asked"),
                lambda: None,
                lambda: pytest.fail("no picture is asked for"),
                self._link_fetcher,
                lambda: pytest.fail("no webhook is told"),
            ),
            self.builder,
            IssueSender(self.project, self.builder, options),
            make_notice_sender(self.project),
        )

    def _link_fetcher(self) -> Fetcher:
        """Asks links on this machine, too."""
        return Fetcher(
            agent="test",
            guard=Guard((parse_allowed("127.0.0.1"),)),
            resolver=SystemResolver(),
            clock=self.project.clock,
            limits=FetchLimits(silence=20, total=20),
        )

    def accept(self, envelope: Envelope) -> Outcome:
        """Take a message, and count it."""
        self.mailed[envelope.recipient] += 1
        self.messages.append(envelope)
        self.on_mail(self.mailed.total())
        return SENT

    def subscribe(self, count: int) -> None:
        """So many subscribers."""
        new = [Subscription(f"subscriber{number}@example.org") for number in range(count)]
        with self.database.write() as connection:
            subscribers.put_all(connection, LETTER, new, self.now)

    def collect(self, headline: str, **more: Any) -> int:
        """A story that is collected now; its number."""
        plain = {"sources": (SourceRef("Example Times"),), "dropped": None}
        told = story(0, headline=headline, collected_at=self.now, **(plain | more))
        with self.database.write() as connection:
            return keep(connection, report(key=headline, headline=headline), told, headline)

    def retell(self, number: int, **changes: Any) -> Story:
        """A story is told otherwise, as by a further report or a file that was changed."""
        with self.database.write() as connection:
            before = stories.get(connection, number)
            assert before is not None
            now = replace(before, **changes)
            stories.update(connection, now, self.now)
        return now

    def edit(self, *wanted: Edit, who: str = "ed") -> None:
        """An editor decides something of the issue."""
        make_edits(self.project, self.newsletter, DAY, wanted, who)

    def review(self) -> Review:
        """The issue as somebody is asked to approve it."""
        return review(self.project, self.builder, self.newsletter, DAY)

    def approve(self, who: str = "pia", seen: str | None = None) -> Review:
        """Somebody approves it."""
        return approve(self.project, self.builder, self.newsletter, DAY, who, seen)

    def tick(self, clock: str) -> IssueRecord | None:
        """A round of cron or the daemon at an hour; the issue after it."""
        self.now = at(clock)
        self.pipeline.run(telling=False)
        return self.issue()

    def issue(self) -> IssueRecord | None:
        """The issue of the day."""
        with self.database.read() as connection:
            return issues.find(connection, LETTER, DAY)

    def told(self) -> list[tuple[str, str]]:
        """To whom a notice was written, and its kind."""
        with self.database.read() as connection:
            return [(row.email, row.kind) for row in connection.execute(sa.select(notices))]
