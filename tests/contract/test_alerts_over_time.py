"""Whatever breaks and whenever, and whatever the mail server does: nobody is woken or told twice.

Days of stories that break, on the clock of everybody in seven zones, by the services and the store
that send. Whose mail went out when is compared with what they chose.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from digest.app import make_notice_renderer
from digest.clock import local_date
from digest.model import DeliveryState, Result, Story, Subscription
from digest.services.delivery.alerts import queue_alerts
from digest.store import alerts, notices, stories, subscribers
from digest.store import preferences as preference_store
from digest.store.schema import notices as notice_table
from tests.breaking_stories import CONFIG, break_story
from tests.pipelines import open_pipeline
from tests.sampling import SEED, WHOLE

PEOPLE, DAYS = (800, 14) if WHOLE else (50, 2)
ZONES = (
    *(None, "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
    *("Asia/Kolkata", "Europe/Paris", "America/Sao_Paulo"),
)
BEGIN = datetime(2026, 3, 27, tzinfo=UTC)  # the clocks change two days later
ROUND = timedelta(minutes=30)
FIRST, END = 8, 22


@dataclass
class Person:
    """What one subscriber chose, and which mails went out to them when."""

    chosen: Subscription
    wants: bool
    mailed: list[tuple[datetime, int]] = field(default_factory=list)
    doubted: list[int] = field(default_factory=list)


class Days:
    """A newsletter whose stories break, its subscribers, and a mail server that is often away."""

    def __init__(self, pipeline, random: Random) -> None:
        self.random, self.now, self.away_until = random, BEGIN, BEGIN
        self.project = replace(pipeline.project, clock=lambda: self.now)
        self.renderer = make_notice_renderer(self.project)
        self.told: dict[int, datetime] = {}
        people = [self.some_choices(f"p{number}@example.org") for number in range(PEOPLE)]
        self.people: dict[int, Person] = {}
        with self.project.database.write() as connection:
            subscribers.put_all(connection, "daily", people, BEGIN)
            for person in people:
                number = subscribers.find_id(connection, person.email)
                assert number is not None
                wants = random.random() < 0.8
                preference_store.choose(connection, number, "daily", alerts=wants)
                self.people[number] = Person(person, wants)

    def some_choices(self, email: str) -> Subscription:
        day = BEGIN.date() + timedelta(days=self.random.randrange(DAYS))
        return Subscription(
            email,
            topics=self.random.choice(((), (), ("space",), ("medicine",), ("science",))),
            timezone=self.random.choice(ZONES),
            keywords=self.random.choice(((), (), (), ("comet",), ("+title:quake",))),
            paused_until=self.random.choice((None, None, None, day)),
        )

    def break_story(self) -> None:
        """Three publishers tell one, of whom the last does so now."""
        topic = self.random.choice(("space", "medicine"))
        thing = self.random.choice(("comet", "quake", "storm"))
        break_story(self.project, f"A {thing} at {self.now:%d %H:%M}", topic=topic)

    def send(self) -> None:
        """What waits goes out, is put off while the server is away, or is in doubt."""
        worker = f"worker {self.now}"
        with self.project.database.write() as connection:
            notices.expire(connection, self.now)
            claimed = notices.claim(
                connection, worker=worker, now=self.now, limit=10_000, resend_in_doubt=True
            )
            done = []
            for claim in claimed:
                person = self.people[int(str(claim.notice.details["subscriber"]))]
                fate = "away" if self.now < self.away_until else self.random.choice(FATES)
                if fate == "away":
                    later = self.now + self.random.choice((ROUND, 5 * ROUND))
                    result = Result(DeliveryState.DEFERRED, "451 wait", 451, later)
                    done.append((claim, result))
                    continue
                person.mailed.append((self.now, int(str(claim.notice.details["story"]))))
                if fate == "sent":
                    done.append((claim, Result(DeliveryState.SENT, "250 ok", 250)))
                else:  # its worker dies before it writes that down
                    person.doubted.append(claim.notice.id)
            notices.record(connection, done, self.now)
            notices.take_from(connection, worker, self.now)

    def live(self) -> None:
        """One round after the other."""
        while self.now < BEGIN + timedelta(days=DAYS):
            if self.random.random() < 0.2:
                self.break_story()
            if self.random.random() < 0.08:
                self.away_until = self.now + self.random.choice((2, 8)) * timedelta(hours=1)
            queue_alerts(self.project, lambda: self.renderer)
            self.send()
            self.now += ROUND


FATES = ("sent", "sent", "sent", "doubt")
ENDS = ("sent", "failed", "in doubt")


def test_nobody_is_woken_told_twice_or_told_what_they_did_not_want(tmp_path, url):
    if not WHOLE and not url.startswith("sqlite"):
        pytest.skip("make test-all has PostgreSQL too")
    root = tmp_path / "project"
    (root / "config").mkdir(parents=True)
    (root / "config" / "digest.toml").write_text(CONFIG.format(url=url, more=""))
    with open_pipeline(root) as pipeline:
        days = Days(pipeline, Random(SEED))
        days.live()
        with days.project.database.read() as connection:
            told = dict(alerts.told_since(connection, "daily", BEGIN))
            stories_told = {number: stories.get(connection, number) for number in told}
            rows = connection.execute(sa.select(notice_table)).all()
    mails = sum(len(person.mailed) for person in days.people.values())
    assert len(told) > DAYS
    assert mails > PEOPLE
    for number, person in days.people.items():
        zone = ZoneInfo(person.chosen.timezone or "UTC")
        dates = defaultdict(set)
        for at, story_id in person.mailed:
            broken, told_at = stories_told[story_id], told[story_id]
            assert broken is not None
            assert is_wanted(broken, person, local_date(told_at, zone))
            assert FIRST <= at.astimezone(zone).hour < END, (person, at)
            assert at - told_at < timedelta(hours=2)
            dates[local_date(told_at, zone)].add(story_id)
        assert all(len(of_date) == 1 for of_date in dates.values()), "one alert a date"
        copies = Counter(story_id for _, story_id in person.mailed)
        assert sum(copies.values()) - len(copies) <= len(person.doubted)
        own = [row for row in rows if row.subscriber_id == number]
        assert {row.id for row in own if row.doubted_at is not None} == set(person.doubted)
        assert all(row.state in ENDS for row in own if row.expires_at < days.now)


def is_wanted(broken: Story, person: Person, day: date) -> bool:
    """Whether somebody is to be told it on a date of theirs, by a reading of our own."""
    topics, words = person.chosen.topics, person.chosen.keywords
    return (
        person.wants
        and (not topics or topics == ("science",) or broken.topic in topics)
        and not ("comet" in words and "comet" in broken.headline)
        and not ("+title:quake" in words and "quake" not in broken.headline)
        and (person.chosen.paused_until is None or person.chosen.paused_until <= day)
    )
