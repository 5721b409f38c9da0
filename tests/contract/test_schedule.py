"""Deliveries at their subscribers' hours: the databases do what the pure rules say."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from digest.compose.due_issues import due_issues
from digest.issue_edits import Edit, EditKind
from digest.model import WEEKDAYS, DeliveryCause, DeliveryState, Result
from digest.services.delivery import schedule
from digest.services.subscribers import unsubscribe
from digest.settings import DeliverySettings
from digest.store import claims, deliveries, delivery_counts, edits, history, issues
from digest.store.database import Database
from digest.store.schema import deliveries as delivery_table
from digest.store.schema import subscriptions
from tests.builders import DAY, NOON, issue, newsletter
from tests.contract.givens import (
    add_story,
    at_once,
    delivery_rows,
    given_subscribers,
    lay_out,
    subscribe,
)
from tests.delivery_world import World
from tests.sampling import sample
from tests.zones import some_hours

ZONES = [None, "Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
PENDING, SENT = DeliveryState.PENDING, DeliveryState.SENT
PAUSED, MERGED = DeliveryState.PAUSED, DeliveryState.MERGED
ADA, BEN = "ada@example.org", "ben@example.org"
SIX = datetime(2026, 11, 21, 6, tzinfo=UTC)
TODAY, TOMORROW = DAY, DAY + timedelta(days=1)
SETTINGS = DeliverySettings()


@dataclass
class Household:
    """Subscribers in a database, and beside each the same subscriber by the pure rules."""

    database: Database
    settings: DeliverySettings
    worlds: dict[int, World]
    sealed: list[date] = field(default_factory=list)

    @property
    def letter(self):
        return next(iter(self.worlds.values())).newsletter

    def seal(self, day, now):
        self.sealed.append(day)
        for world in self.worlds.values():
            world.seal(day, now)
        with self.database.write() as connection:
            told = add_story(connection, str(day))
            issue_id = issues.seal(connection, issue(told, date=day), now)
            assert issue_id is not None
            sealed = issues.get(connection, issue_id).neighbour
            schedule.lay_out(connection, sealed, self.letter, self.settings, now)

    def run(self, now):
        for world in self.worlds.values():
            world.run(now)
        with self.database.read() as connection:
            waiting = issues.unfinished(connection)
        for record in waiting:
            with self.database.write() as connection:
                if schedule.needs_settling(connection, record, self.settings, now):
                    schedule.settle(connection, record, self.letter, self.settings, now)
            send(self.database, record.id, now)

    def change(self, number, hour, timezone, paused_until, now, days=(), enough=(None, None)):
        self.worlds[number].change(hour, timezone, paused_until, now, days, enough)
        with self.database.write() as connection:
            connection.execute(
                sa.update(subscriptions)
                .where(subscriptions.c.subscriber_id == number)
                .values(
                    hour=hour,
                    timezone=timezone,
                    paused_until=paused_until,
                    days=days,
                    at_least=enough[0],
                    longest_wait=enough[1],
                )
            )
            schedule.reschedule(connection, number, self.letter, now)

    def check(self):
        query = sa.select(
            delivery_table.c.subscriber_id,
            delivery_table.c.state,
            delivery_table.c.due_at,
            delivery_table.c.since,
        ).order_by(delivery_table.c.issue_id)
        found: dict[int, list[object]] = {number: [] for number in self.worlds}
        with self.database.read() as connection:
            for number, *row in connection.execute(query):
                found[number].append(tuple(row))
        for number, world in self.worlds.items():
            assert found[number] == [(row.state, row.due_at, row.since) for row in world.rows]


def keep_hours(database, changed):
    """As an editor would have changed them; only those of the days that are lived through."""
    days = (date(2026, 3, 20), date(2026, 5, 20))
    with database.write() as connection:
        for (letter, day), hour in changed.items():
            if days[0] <= day <= days[1]:
                edit = Edit(EditKind.HOUR, (f"{hour:%H:%M}",))
                edits.add(connection, letter, day, edit, (), "ada", NOON)


def send(database, issue_id, now, state=SENT):
    with database.write() as connection:
        taken = claims.claim(
            connection, issue_id, worker="one", now=now, limit=100, resend_in_doubt=True
        )
        claims.record(connection, [(one, Result(state, "250 ok")) for one in taken], now)
    return taken


@pytest.mark.parametrize("seed", sample(range(4), 1))
def test_the_databases_do_what_the_pure_rules_say(database, seed):
    random = Random(seed)
    letter = newsletter(
        timezone=random.choice(ZONES[1:]),
        days=random.choice([WEEKDAYS, WEEKDAYS[:5]]),
    )
    late = random.choice(["send", "merge"])
    people = given_subscribers(25)
    with database.write() as connection:
        numbers = subscribe(connection, *people)
    merges = late == "merge"
    changed = some_hours(letter, random)
    keep_hours(database, changed)
    worlds = {number: World(letter, merges_late=merges, changed=changed) for number in numbers}
    house = Household(database, DeliverySettings(when_late=late), worlds)
    now = datetime(2026, 3, 26, tzinfo=UTC)
    for number in numbers:
        house.change(number, random.choice([None, *range(24)]), random.choice(ZONES), None, now)
    done: set[tuple[str, date]] = set()
    for _ in range(40):
        now += timedelta(minutes=random.choice([20, 60, 60, 300, 900, 1400]))
        for due in due_issues([letter], done, changed, now):
            done.add((letter.id, due.date))
            house.seal(due.date, now)
        house.run(now)
        for number in random.sample(numbers, 4):
            pause = random.choice([None, None, now.date() + timedelta(days=random.randint(1, 4))])
            hour, zone = random.choice([None, *range(24)]), random.choice(ZONES)
            days = tuple(random.sample(WEEKDAYS, random.choice([0, 0, 1, 3])))
            enough = random.choice([None, None, 2, 4]), random.choice([None, 1, 3])
            house.change(number, hour, zone, pause, now, days, enough)
        house.check()
    states = {row.state for world in worlds.values() for row in world.rows}
    assert states >= {SENT, PAUSED, MERGED}


# What stands in the tables.


def sealed(connection, day=DAY, now=SIX):
    issue_id = issues.seal(connection, issue(add_story(connection, str(day)), date=day), now)
    assert issue_id is not None
    return issue_id


def claimed(database, issue_id, now):
    return [one.subscriber.id for one in send(database, issue_id, now)]


def test_a_delivery_is_claimed_at_its_hour_and_the_one_that_is_due_longest_first(database):
    with database.write() as connection:
        noon, seven, soon = (
            *subscribe(connection, ADA, hour=12),
            *subscribe(connection, BEN, hour=7),
            *subscribe(connection, "c@example.org"),
        )
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX, at_once=False)
        assert deliveries.is_due(connection, issue_id, SIX, resend_in_doubt=True)
    assert claimed(database, issue_id, SIX) == [soon]
    with database.read() as connection:
        assert not deliveries.is_due(connection, issue_id, SIX, resend_in_doubt=True)
        assert deliveries.waiting(connection, issue_id, SIX, resend_in_doubt=True) == 0
        assert deliveries.is_open(connection, issue_id, resend_in_doubt=True)
        assert deliveries.later_on(connection, issue_id, SIX) == (2, NOON)
    assert claimed(database, issue_id, SIX + timedelta(minutes=59, seconds=59)) == []
    assert claimed(database, issue_id, NOON) == [seven, noon]


def test_by_hand_nobody_waits_but_who_paused_still_gets_nothing(database):
    with database.write() as connection:
        subscribe(connection, ADA, hour=20)
        (away,) = subscribe(connection, BEN, hour=7, paused_until=TOMORROW)
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX, at_once=False)
        deliveries.hurry(connection, issue_id, SIX)
    assert len(claimed(database, issue_id, SIX)) == 1
    with database.write() as connection:
        deliveries.take_up(connection, issue_id, "daily", NOON, resend_in_doubt=True)
    assert claimed(database, issue_id, NOON) == []
    row = delivery_rows(database, issue_id)[away]
    assert row["state"] == PAUSED
    assert row["finished_at"] is not None, "it is in nobody's way who looks for what waits"


def test_whoever_is_missing_is_laid_out_at_once_and_nobody_twice(database):
    with database.write() as connection:
        subscribe(connection, ADA, hour=20)
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX, at_once=False)
        (late,) = subscribe(connection, BEN, hour=20)
        assert lay_out(connection, issue_id, NOON, missing=True) == 1
        assert lay_out(connection, issue_id, NOON, missing=True) == 0
    assert claimed(database, issue_id, NOON) == [late]


def test_an_issue_of_an_earlier_date_that_is_sealed_later_stands_alone(database):
    with database.write() as connection:
        subscribe(connection, ADA, hour=20)
        later = sealed(connection, TOMORROW)
        lay_out(connection, later, SIX, at_once=False)
        earlier = sealed(connection, TODAY, NOON)
        lay_out(connection, earlier, NOON)
        record = issues.get(connection, earlier)
        schedule.settle(connection, record, newsletter(), DeliverySettings(), NOON)
        assert [one.date for one in issues.told_since(connection, record, TODAY)] == [TODAY]
        until = issues.get(connection, later)
        assert [one.date for one in issues.told_since(connection, until, TODAY)] == [TOMORROW]
    assert len(claimed(database, earlier, NOON)) == 1
    assert [row["since"] for row in delivery_rows(database, later).values()] == [None]


# What an outage leaves.


def settle(database, issue_id, now, settings=SETTINGS):
    with database.write() as connection:
        record = issues.get(connection, issue_id)
        return schedule.settle(connection, record, newsletter(), settings, now)


def states(database, issue_id):
    return [row["state"] for _, row in sorted(delivery_rows(database, issue_id).items())]


@pytest.mark.parametrize("when_late", ["send", "merge"])
def test_at_the_end_of_its_life_what_was_never_attempted_waits_for_the_next_issue(
    database, when_late
):
    settings = DeliverySettings(when_late=when_late, late_limit=48)
    with database.write() as connection:
        subscribe(connection, ADA, BEN)
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX)
        (tried,) = claims.claim(
            connection, issue_id, worker="one", now=SIX, limit=1, resend_in_doubt=True
        )
        claims.record(connection, [(tried, Result(DeliveryState.DEFERRED, "451 later"))], SIX)
    over = SIX + timedelta(hours=24)
    assert settle(database, issue_id, over - timedelta(seconds=1), settings) == 0
    assert sorted(states(database, issue_id)) == ["deferred", "pending"]
    assert settle(database, issue_id, over, settings) == 1
    assert sorted(states(database, issue_id)) == ["failed", "merged"]
    with database.write() as connection:
        second = sealed(connection, TOMORROW, over)
        lay_out(connection, second, over)
    since = {number: row["since"] for number, row in delivery_rows(database, second).items()}
    other = ({*since} - {tried.subscriber.id}).pop()
    assert since == {tried.subscriber.id: None, other: TODAY}


def test_what_no_next_issue_can_tell_is_not_left_to_it(database):
    with database.write() as connection:
        subscribe(connection, ADA)
        lay_out(connection, sealed(connection, TOMORROW), SIX)
        earlier = sealed(connection, TODAY, NOON)
        lay_out(connection, earlier, NOON)
    assert settle(database, earlier, NOON + timedelta(hours=24)) == 1
    assert states(database, earlier) == ["failed"]


def test_what_waited_a_week_for_a_next_issue_is_out_of_time(database):
    letter, week = newsletter(), timedelta(days=7)
    with database.write() as connection:
        subscribe(connection, ADA, BEN)
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX)
        assert schedule.out_of_time(connection, letter, SIX + week) is None
        last = schedule.out_of_time(connection, letter, SIX + week + timedelta(days=1))
        assert last is not None
        assert last.id == issue_id
        assert schedule.out_of_time(connection, newsletter(id="other"), SIX) is None


def test_what_is_out_of_time_is_given_up_whether_it_waits_still_or_was_merged_and_nothing_else(
    database,
):
    day = timedelta(days=1)
    with database.write() as connection:
        subscribe(connection, *given_subscribers(5))
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX)
        rows: list[dict[str, Any]] = [
            {"state": PENDING},
            {"state": MERGED, "cause": DeliveryCause.LATE},
            {"state": MERGED, "cause": DeliveryCause.SAME_DATE},
            {"state": PAUSED},
            {"state": PENDING, "due_at": SIX + 8 * day},
        ]
        for number, row in zip(sorted(delivery_numbers(connection)), rows, strict=True):
            of_subscriber = delivery_table.c.subscriber_id == number
            delivery_counts.update(connection, of_subscriber, **row)
        now = SIX + 8 * day
        assert deliveries.give_up_untold(connection, issue_id, now - day, now) == 2
        assert deliveries.give_up_untold(connection, issue_id, now - day, now) == 0
    assert states(database, issue_id) == ["failed", "failed", "merged", "paused", "pending"]
    first = min(delivery_rows(database, issue_id).items())[1]
    assert (first["cause"], first["reply"]) == (DeliveryCause.UNTOLD, None)


def test_what_is_overdue_is_what_waits_although_its_time_has_come(database):
    hour = timedelta(hours=1)
    with database.write() as connection:
        subscribe(connection, *given_subscribers(4))
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX)
        assert deliveries.overdue(connection, issue_id, SIX - hour) == (0, None)
        rows: list[dict[str, Any]] = [
            {"state": SENT},
            {"due_at": SIX + 6 * hour},
            {"state": DeliveryState.DEFERRED, "next_attempt_at": SIX + hour},
            {"state": DeliveryState.DEFERRED, "next_attempt_at": SIX + 3 * hour},
        ]
        for number, row in zip(sorted(delivery_numbers(connection)), rows, strict=True):
            of_subscriber = delivery_table.c.subscriber_id == number
            delivery_counts.update(connection, of_subscriber, **row)
        assert deliveries.overdue(connection, issue_id, SIX + 2 * hour) == (1, SIX + hour)
        assert deliveries.overdue(connection, issue_id, SIX + 6 * hour) == (3, SIX + hour)
        assert deliveries.last_due(connection, issue_id) == (3, SIX + 6 * hour)
        assert deliveries.last_due(connection, issue_id + 1) == (0, None)


def delivery_numbers(connection):
    return connection.scalars(sa.select(delivery_table.c.subscriber_id)).all()


def test_the_mail_that_tells_a_merged_one_is_known(database):
    with database.write() as connection:
        (number,) = subscribe(connection, ADA, hour=5)
        first = sealed(connection)
        lay_out(connection, first, SIX, at_once=False)
        second = sealed(connection, TOMORROW, SIX + timedelta(hours=22))
        lay_out(connection, second, SIX + timedelta(hours=22))
        assert history.told_with(connection, number, "daily", TODAY) == TOMORROW
        assert history.told_with(connection, number, "daily", TOMORROW) is None
    row = delivery_rows(database, first)[number]
    assert (row["state"], row["cause"]) == (MERGED, DeliveryCause.SAME_DATE)
    (one,) = send(database, second, SIX + timedelta(hours=22))
    assert one.since == TODAY


def test_a_zone_that_nobody_knows_costs_nobody_an_issue(database):
    with database.write() as connection:
        subscribe(connection, ADA, BEN, hour=7)
        connection.execute(sa.update(subscriptions).values(timezone="Europe/Nowhere"))
        # Nothing, said in two ways.
        subscribe(connection, "c@example.org", hour=7, timezone="")
        subscribe(connection, "d@example.org", hour=7)
        issue_id = sealed(connection)
        assert lay_out(connection, issue_id, SIX, at_once=False) == 4
        lay_out(connection, sealed(connection, TOMORROW), SIX)
    assert claimed(database, issue_id, NOON) == []
    assert len(claimed(database, issue_id + 1, NOON)) == 4


def test_what_is_merged_is_not_claimed_and_what_is_claimed_is_not_merged(database, open_database):
    people = given_subscribers(60)
    with database.write() as connection:
        subscribe(connection, *people)
        first = sealed(connection)
        lay_out(connection, first, SIX)
        second = sealed(connection, TOMORROW)
    other = open_database()

    def merge():
        with other.write() as connection:
            lay_out(connection, second, SIX)

    def work():
        taken = []
        while batch := send(database, first, SIX):
            taken += batch
        return taken

    at_once([merge, work])
    send(database, second, SIX)
    rows = delivery_rows(database, first)
    later = delivery_rows(database, second)
    for number, row in rows.items():
        told = later[number]["since"] == TODAY
        assert told == (row["state"] == MERGED), "told once"
    assert {row["state"] for row in rows.values()} <= {SENT, MERGED}


def test_who_left_while_a_mail_waits_has_nothing_to_reschedule(database):
    with database.write() as connection:
        (number,) = subscribe(connection, ADA, hour=7)
        issue_id = sealed(connection)
        lay_out(connection, issue_id, SIX, at_once=False)
        before = connection.execute(sa.select(delivery_table)).all()
        unsubscribe.remove(connection, ADA, "daily", SIX)
        schedule.reschedule(connection, number, newsletter(), SIX)
        assert connection.execute(sa.select(delivery_table)).all() == before
