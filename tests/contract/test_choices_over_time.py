"""Whatever subscribers choose and change over weeks, no story is lost and none is told twice.

Days, hours, zones, topics, keywords, a number of stories to wait for, pauses, and changes of mind,
by the services and the store that send. What each mail told is compared with the stories of the
issues that it covers, by the choices of that moment and a reading of our own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random

from digest.clock import instant_of, local_date
from digest.compose import hours
from digest.compose.catch_up import catch_up
from digest.compose.enough_stories import last_day
from digest.compose.issue import on_topics, variant
from digest.compose.keywords import removals, texts_of_issue
from digest.keywords import subscriber_filter
from digest.model import (
    WEEKDAYS,
    Claim,
    DeliveryState,
    Issue,
    Result,
    Story,
    Subscription,
    Weekday,
)
from digest.services.delivery import schedule
from digest.services.subscribers import preferences
from digest.services.subscribers.preferences import Preferences
from digest.services.subscribers.preferences_form import Choices
from digest.settings import DeliverySettings
from digest.store import claims, deliveries, issues, subscribers
from digest.store import preferences as preference_store
from digest.store.database import Database
from digest.store.issues import IssueRecord
from digest.store.schema import deliveries as delivery_table
from tests.builders import TREE, issue, newsletter
from tests.contract.givens import add_story
from tests.sampling import SEED, WHOLE

PEOPLE, LENGTH = (10_000, 60) if WHOLE else (60, 12)
ZONES = (None, "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata")
TOPICS = ("space", "medicine", "culture")
WORDS = tuple(f"word{number}" for number in range(12))
BEGIN = date(2026, 3, 20)  # the clocks change nine days later
LETTER = newsletter(
    timezone="Europe/Paris",
    time=time(6),
    max_stories=400,
    stories_per_topic=400,
    max_more=400,
    max_source_share=1.0,
)
SETTINGS = DeliverySettings()
HOUR = timedelta(hours=1)


@dataclass
class Person:
    """What one subscriber chose last and when, and what the mails to them told."""

    chosen: Subscription
    changed_at: datetime
    mailed_at: datetime | None = None
    told: list[int] = field(default_factory=list)
    covered: list[date] = field(default_factory=list)


class Weeks:
    """A newsletter and its subscribers, from day to day."""

    def __init__(self, database: Database, random: Random) -> None:
        self.database, self.random = database, random
        self.issues: dict[date, Issue] = {}
        self.faults: list[str] = []
        self._mails: dict[object, tuple[int, ...]] = {}
        self._wanted: dict[object, tuple[int, ...]] = {}
        begin = datetime(2026, 3, 19, tzinfo=UTC)
        people = [self.some_choices(f"p{number}@example.org") for number in range(PEOPLE)]
        with database.write() as connection:
            subscribers.put_all(connection, LETTER.id, people, begin)
            numbers = {
                person.email: number
                for person in people
                if (number := subscribers.find_id(connection, person.email)) is not None
            }
        self.people = {numbers[person.email]: Person(person, begin) for person in people}

    def some_choices(self, email: str) -> Subscription:
        random = self.random
        lists: list[tuple[str, ...]] = [
            (random.choice(WORDS),),
            tuple(random.sample(WORDS, 3)),
            ("+title:word1*",),
            ("topic:culture", random.choice(WORDS)),
        ]
        return Subscription(
            email,
            topics=random.choice(((), (), ("science",), *((topic,) for topic in TOPICS))),
            timezone=random.choice(ZONES),
            hour=random.choice((None, *range(24))),
            days=self.some_days(),
            keywords=random.choice(((), (), (), *lists)),
            at_least=random.choice((None, None, None, 2, 5, 12)),
            longest_wait=random.choice((None, 1, 3, 10)),
        )

    def some_days(self) -> tuple[Weekday, ...]:
        days = self.random.sample(WEEKDAYS, self.random.choice((0, 0, 1, 3)))
        return tuple(day for day in WEEKDAYS if day in days)

    # What happens.

    def seal(self, day: date, now: datetime) -> None:
        random = self.random
        with self.database.write() as connection:
            told = [
                add_story(
                    connection,
                    f"{random.choice(WORDS)} {day} {number}",
                    topic=random.choice(TOPICS),
                    bullets=(f"It is about {random.choice(WORDS)}.",),
                )
                for number in range(random.randint(1, 5))
            ]
            half = (len(told) + 1) // 2
            made = issue(*told[:half], more=tuple(told[half:]), date=day)
            issue_id = issues.seal(connection, made, now)
            assert issue_id is not None
            sealed = issues.get(connection, issue_id).neighbour
            schedule.lay_out(connection, sealed, LETTER, SETTINGS, now)
        self.issues[day] = made

    def run(self, now: datetime) -> None:
        with self.database.read() as connection:
            waiting = issues.unfinished(connection)
        for record in waiting:
            with self.database.write() as connection:
                if schedule.needs_settling(connection, record, SETTINGS, now):
                    schedule.settle(connection, record, LETTER, SETTINGS, now)
            while self.send(record, now):
                pass

    def send(self, record: IssueRecord, now: datetime) -> bool:
        with self.database.write() as connection:
            taken = claims.claim(
                connection, record.id, worker="one", now=now, limit=1000, resend_in_doubt=True
            )
            done = [(claim, self.attempt(record.date, claim, now)) for claim in taken]
            claims.record(connection, done, now)
            if not taken and not deliveries.is_open(connection, record.id, resend_in_doubt=True):
                issues.finish(connection, record.id, now)
        return bool(taken)

    def attempt(self, day: date, claim: Claim, now: datetime) -> Result:
        """What a server says, and what the subscriber reads."""
        if self.random.random() < 0.02:
            again = now + self.random.choice((1, 3, 9)) * HOUR
            return Result(DeliveryState.DEFERRED, "450 later", 450, again)
        told = self.told_by(day, claim)
        self.judge(day, claim, told, now)
        if not told:
            return Result(DeliveryState.SKIPPED, "")
        self.people[claim.subscriber.id].mailed_at = now
        return Result(DeliveryState.SENT, "250 ok", 250)

    def told_by(self, day: date, claim: Claim) -> tuple[int, ...]:
        """The stories of a mail, as digest.services.issues.messages makes it."""
        key = day, claim.since, claim.topics, claim.keywords
        if key not in self._mails:
            covered = self.covered(day, claim.since)
            content = catch_up(covered, LETTER, TREE) if claim.since else covered[-1]
            removed = removals(texts_of_issue(content), subscriber_filter(claim.keywords))
            removed_on = on_topics(content, claim.topics).intersection(removed)
            made = variant(content, claim.topics, LETTER, removed_on)
            self._mails[key] = tuple(story.id for story in made.all_stories) if made else ()
        return self._mails[key]

    def covered(self, day: date, since: date | None) -> list[Issue]:
        return [made for on, made in self.issues.items() if (since or day) <= on <= day]

    def change_minds(self, now: datetime) -> None:
        for number in self.random.sample(sorted(self.people), max(2, PEOPLE // 30)):
            with self.database.write() as connection:
                self.change(number, self.preferences_of(connection, number, now), connection, now)

    def preferences_of(self, connection, number: int, now: datetime) -> Preferences:
        subscriber = preference_store.find(connection, number)
        assert subscriber is not None
        kept = preference_store.subscriptions_of(connection, subscriber)
        today = local_date(now, preferences.zone_of(kept[LETTER.id], LETTER))
        return Preferences(subscriber, LETTER, (LETTER,), kept, today, None)

    def change(self, number: int, current: Preferences, connection, now: datetime) -> None:
        person = self.people[number]
        person.changed_at = now
        if self.random.random() < 0.25:
            until = self.random.choice((None, current.today + timedelta(self.random.randint(1, 9))))
            preferences.pause(connection, current, until, now)
            return
        new = self.some_choices(person.chosen.email)
        person.chosen = new
        chosen = Choices(
            topics=new.topics,
            hour=new.hour,
            timezone=new.timezone,
            layout=None,
            name="",
            language=None,
            days=new.days,
            keywords=new.keywords,
            at_least=new.at_least,
            longest_wait=new.longest_wait,
        )
        preferences.choose(connection, current, chosen, now)

    # What is held.

    def judge(self, day: date, claim: Claim, told: Sequence[int], now: datetime) -> None:
        person = self.people[claim.subscriber.id]
        covered = self.covered(day, claim.since)
        wanted = [
            story
            for made in covered
            for story in self.wanted(made.date, person.chosen.topics, person.chosen.keywords)
        ]
        where = f"{claim.subscriber.id} on {day} since {claim.since}: {person.chosen}"
        if sorted(told) != sorted(wanted):
            self.faults.append(f"{where} read {told}, not {wanted}")
        person.told += told
        person.covered += [made.date for made in covered]
        if claim.attempt == 1:  # what a server put off may come after midnight
            self.judge_date(day, person, where, now)
        first, least = covered[0].date, person.chosen.at_least
        is_settled = person.changed_at.date() < first
        waits_on = day < last_day(first, person.chosen.longest_wait)
        if least and is_settled and waits_on and len(told) < least:
            self.faults.append(f"{where} had {len(told)} stories")

    def wanted(
        self, day: date, topics: tuple[str, ...], keywords: tuple[str, ...]
    ) -> tuple[int, ...]:
        key = day, topics, keywords
        if key not in self._wanted:
            stories = self.issues[day].all_stories
            wanted = (story.id for story in stories if is_wanted(story, topics, keywords))
            self._wanted[key] = tuple(wanted)
        return self._wanted[key]

    def judge_date(self, day: date, person: Person, where: str, now: datetime) -> None:
        """At most one mail on a date of theirs, and none on a day that they did not choose."""
        clock = hours.clock_of(person.chosen.hour, person.chosen.timezone, LETTER)
        today = local_date(now, clock.zone)
        if person.mailed_at and local_date(person.mailed_at, clock.zone) == today:
            self.faults.append(f"{where} had two mails on {today}")
        near = (day, today, person.changed_at.date())
        reached = [reached_days(clock, on) for on in near]
        if not any(hours.wants(person.chosen.days, days, today) for days in reached):
            self.faults.append(f"{where} had a mail on {today:%a}")

    def judge_the_end(self) -> None:
        """Each issue was told by one mail, but for the last ones that wait still."""
        with self.database.read() as connection:
            waits = defaultdict(set)
            for day, made in issues_by_date(connection).items():
                for number, state in states(connection, made).items():
                    if state not in (DeliveryState.SENT, DeliveryState.SKIPPED):
                        waits[number].add((day, state))
        days = list(self.issues)
        for number, person in self.people.items():
            if len(set(person.told)) != len(person.told):
                self.faults.append(f"{number} was told something twice")
            if person.covered != days[: len(person.covered)]:
                self.faults.append(f"{number} was told of {person.covered}")
            left = set(days[len(person.covered) :])
            if not left <= {day for day, _ in waits[number]}:
                self.faults.append(f"{number} has lost some of {sorted(left)}")
            failed = [day for day, state in waits[number] if state is DeliveryState.FAILED]
            if failed:
                self.faults.append(f"{number} was given up on {failed}")


@cache
def reached_days(clock: hours.SubscriberClock, near: date) -> frozenset[Weekday]:
    return hours.reached_days(LETTER, clock, near, {})


def is_wanted(story: Story, topics: tuple[str, ...], keywords: tuple[str, ...]) -> bool:
    """Whether a story is on somebody's topics, without their keywords, read once more."""
    lineage = TREE.lineage(story.topic)
    if topics and not set(topics) & set(lineage):
        return False
    headline = story.headline.split()
    words = {word.strip(".") for line in (story.headline, *story.bullets) for word in line.split()}
    for keyword in keywords:
        if keyword == "topic:culture":
            if story.topic == "culture":
                return False
        elif keyword == "+title:word1*":
            if not any(word.startswith("word1") for word in headline):
                return False
        elif keyword in words:
            return False
    return True


def issues_by_date(connection) -> dict[date, int]:
    return {record.date: record.id for record in issues.latest(connection, 1000, LETTER.id)}


def states(connection, issue_id: int) -> dict[int, DeliveryState]:
    query = delivery_table.select().where(delivery_table.c.issue_id == issue_id)
    return {
        row["subscriber_id"]: DeliveryState(row["state"])
        for row in connection.execute(query).mappings()
    }


def test_over_weeks_of_changes_no_story_is_lost_or_told_twice(database):
    weeks = Weeks(database, Random(SEED))
    for ahead in range(LENGTH):
        day = BEGIN + timedelta(days=ahead)
        opens = instant_of(day, LETTER.time, LETTER.zone)
        assert opens is not None
        weeks.seal(day, opens)
        for hour in range(24):
            weeks.run(opens + hour * HOUR)
        weeks.change_minds(opens + 23 * HOUR + timedelta(minutes=20))
    weeks.judge_the_end()
    assert weeks.faults == []
    mails = sum(len(person.covered) for person in weeks.people.values())
    assert mails > 0.7 * PEOPLE * LENGTH
