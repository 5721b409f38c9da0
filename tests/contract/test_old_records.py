"""What was kept for long enough is deleted, and what was counted of it stays."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from digest.app import bounce_rules, make_links
from digest.config import load_config
from digest.errors import UsageError
from digest.model import Addressee, Bounce, BounceKind, DeliveryState
from digest.new_project import create_project
from digest.project import Project
from digest.services import old_records
from digest.services.admins.audit import Actor
from digest.services.bounces.suppress import BounceOutcome, record_bounce
from digest.services.delivery import missed
from digest.services.delivery.accounts import draw_accounts
from digest.services.explain.explain_delivery import ReachedServer, explain_delivery
from digest.services.explain.read_facts import read_facts
from digest.services.stories.merge_split import merge
from digest.services.subscribers import unsubscribe
from digest.services.upkeep import keep_up
from digest.settings import KeepSettings
from digest.store import deliveries, delivery_counts, figures, issues, reports
from digest.store.old_records import delete_deliveries
from digest.store.schema import attempts, bounces, subscribers, suppressions
from digest.store.schema import deliveries as delivery_table
from digest.store.schema import issues as issue_table
from digest.store.schema import reports as report_table
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import DAY, NOON, issue
from tests.contract.givens import add_story, given_subscribers, lay_out, subscribe

ME = Actor("me", NOON)
FOR_EVER = KeepSettings(deliveries=0, attempts=0, bounces=0, reports=0, people=0)


@dataclass
class World:
    """A project with four finished issues, a day apart, for five subscribers."""

    project: Project
    numbers: list[int]
    issue_ids: list[int]
    now: datetime = NOON

    def delete_old(self, **keep: int) -> None:
        settings = self.project.config.settings
        kept = settings.model_copy(update={"keep": FOR_EVER.model_copy(update=keep)})
        config = replace(self.project.config, settings=kept)
        old_records.delete_old_records(replace(self.project, config=config), lambda: False)

    def rows(self, table: sa.Table) -> int:
        with self.project.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def accounts(self, issue_id: int):
        with self.project.database.read() as connection:
            return draw_accounts(connection, issues.get(connection, issue_id))


@pytest.fixture
def world(database, tmp_path):
    create_project(tmp_path / "project")
    config = load_config(tmp_path / "project")
    made = World(Project(config, database, lambda: made.now, make_links(config, "a key")), [], [])
    with database.write() as connection:
        made.numbers = subscribe(connection, *given_subscribers(5))
        for day in range(4):
            at = NOON + timedelta(days=day)
            told = issue(add_story(connection, f"story{day}"), date=at.date())
            issue_id = issues.seal(connection, told, at)
            assert issue_id is not None
            lay_out(connection, issue_id, at)
            end(connection, issue_id, made.numbers, at)
            made.issue_ids.append(issue_id)
    made.now = NOON + timedelta(days=400)
    return made


def end(connection, issue_id, numbers, at):
    """Three are sent, one of which was in doubt before; one failed, and one left."""
    ends = {"state": "sent", "finished_at": at}
    of_issue = delivery_table.c.issue_id == issue_id
    of = {number: of_issue & (delivery_table.c.subscriber_id == number) for number in numbers}
    change = partial(delivery_counts.update, connection)
    change(of_issue, **ends)
    change(of[numbers[0]], doubted_at=at)
    change(of[numbers[1]], state="failed", reply="550 no")
    change(of[numbers[2]], state="suppressed", cause="unsubscribed")
    failed = {"issue_id": issue_id, "subscriber_id": numbers[1], "attempt": 1, "at": at}
    connection.execute(sa.insert(attempts).values(**failed, state="failed", reply="550 no"))
    bounce = {"issue_id": issue_id, "kind": "soft", "reason": "full", "received_at": at}
    names = {"message_hash": f"m{issue_id}", "address_hash": "someone"}
    connection.execute(sa.insert(bounces).values(**bounce, **names))
    issues.finish(connection, issue_id, at)


def test_for_ever_nothing_is_deleted(world):
    world.delete_old()
    assert (world.rows(delivery_table), world.rows(attempts), world.rows(bounces)) == (20, 4, 4)


def test_the_accounts_of_an_issue_balance_before_amid_and_after(world):
    first, second = world.issue_ids[:2]
    before = world.accounts(first)
    with world.project.database.write() as connection:
        assert delete_deliveries(connection, first, 2, world.now) == 2
    amid = world.accounts(first)
    world.delete_old(deliveries=90)
    after = world.accounts(first)
    assert before.sentence == "5 deliveries = 3 sent + 1 failed + 1 suppressed (1 unsubscribed)"
    assert amid.sentence == after.sentence == before.sentence
    assert [*amid.faults(), *after.faults(), *world.accounts(second).faults()] == []
    with world.project.database.read() as connection:
        assert deliveries.doubted(connection, first) == 1


def test_the_issues_into_which_the_next_one_looks_are_left(world):
    world.delete_old(deliveries=30)
    with world.project.database.read() as connection:
        kept = set(connection.scalars(sa.select(delivery_table.c.issue_id)))
    assert kept == set(world.issue_ids[2:])


@pytest.mark.parametrize("state", ["sending", "paused"])
def test_an_issue_under_way_loses_nothing_however_old(world, state):
    with world.project.database.write() as connection:
        connection.execute(sa.update(issue_table).values(state=state))
    world.delete_old(deliveries=30, attempts=30, bounces=30)
    assert (world.rows(delivery_table), world.rows(attempts), world.rows(bounces)) == (20, 4, 4)


def test_what_waits_though_its_issue_ended_is_not_hidden(world):
    with world.project.database.write() as connection:
        waits = delivery_table.c.issue_id == world.issue_ids[0]
        delivery_counts.update(connection, waits, state="deferred")
    world.delete_old(deliveries=30)
    assert "still waiting" in next(world.accounts(world.issue_ids[0]).faults())


def test_nobody_gets_an_issue_again_of_which_it_is_not_known_who_got_it(world):
    world.delete_old(deliveries=30)
    (daily,) = world.project.config.settings.newsletters[:1]
    letter = replace(daily, id="daily")
    with pytest.raises(UsageError, match="not on record any more"):
        missed.retry(world.project, letter, DAY, "Ada")
    assert missed.retry(world.project, letter, DAY + timedelta(days=3), "Ada") == 1


def test_explain_says_until_when_it_was_kept(world):
    world.delete_old(deliveries=30)
    with world.project.database.read() as connection:
        found = read_facts(
            connection,
            world.project.config,
            "subscriber0@example.org",
            now=world.now,
            newsletter="daily",
            day=DAY,
        )
    explained = explain_delivery(found.deliveries[0], lambda at: f"{at:%Y-%m-%d}")
    assert explained.verdict is ReachedServer.NOT_KEPT
    assert f"was kept until {world.now:%Y-%m-%d} (keep.deliveries)" in explained.reason


def test_attempts_go_alone(world):
    world.delete_old(attempts=30)
    assert (world.rows(delivery_table), world.rows(attempts)) == (20, 0)


def test_what_came_back_stays_counted_and_does_not_count_again(world):
    world.delete_old(bounces=365)
    first = world.issue_ids[0]
    rules = bounce_rules(world.project.config)
    about = Addressee(world.numbers[0], signed=True, issue_id=first)
    with world.project.database.write() as connection:
        assert figures.bounces_by_kind(connection, first) == {"soft": 1}
        again = record_bounce(
            connection, "m1", Bounce(BounceKind.HARD, about, reason="gone"), world.now, rules
        )
    assert again.result is BounceOutcome.KNOWN
    assert world.rows(bounces) == world.rows(suppressions) == 0


def test_a_source_text_goes_and_what_it_is_known_again_by_stays(world):
    with world.project.database.read() as connection:
        before = connection.execute(sa.select(report_table)).mappings().all()
    world.delete_old(reports=30)
    with world.project.database.read() as connection:
        after = connection.execute(sa.select(report_table)).mappings().all()
        kept = reports.find(connection, before[0]["source"], before[0]["key"])
    assert kept is not None
    assert (kept[0].headline, kept[0].bullets) == (before[0]["content"]["headline"], ())
    same = ("source", "key", "raw_hash", "content_hash", "url", "story_id", "published")
    assert [[row[name] for name in same] for row in after] == [
        [row[name] for name in same] for row in before
    ]
    names = [str(row["story_id"]) for row in after]
    with pytest.raises(UsageError, match="texts from which story"):
        merge(world.project.database, world.project.config, names[0], names[1], ME)


def test_who_left_long_ago_is_erased_and_kept_out(world):
    left, back, stays, recent = world.numbers[:4]
    leave = {left: 40, back: 50, recent: 400 - 10}
    with world.project.database.write() as connection:
        for number, day in leave.items():
            at = NOON + timedelta(days=day)
            unsubscribe.leave(connection, number, None, UnsubscribeMethod.PAGE, at)
        unsubscribe.rejoin(connection, back, "daily", NOON + timedelta(days=60))
    world.delete_old(people=30)
    with world.project.database.read() as connection:
        assert set(connection.scalars(sa.select(subscribers.c.id))) == {
            back,
            stays,
            recent,
            world.numbers[4],
        }
        reasons = set(connection.scalars(sa.select(suppressions.c.reason)))
    assert "erased" in reasons


def test_it_is_looked_for_once_an_hour(world):
    keep_up(world.project, lambda: False)
    assert world.rows(delivery_table) == 10
    world.now += timedelta(minutes=59)
    with world.project.database.write() as connection:
        connection.execute(
            sa.update(issue_table).values(finished_at=NOON - timedelta(days=9), state="sent")
        )
        lay_out(connection, world.issue_ids[0], missing=True)
        delivery_counts.update(connection, state=DeliveryState.SENT)
    keep_up(world.project, lambda: False)
    assert world.rows(delivery_table) == 15
    world.now += timedelta(minutes=1)
    keep_up(world.project, lambda: False)
    assert world.rows(delivery_table) == 10


def test_asked_to_stop_it_stops_and_goes_on_later(world):
    old_records.delete_old_records(world.project, lambda: True)
    assert world.rows(delivery_table) == 20
    keep_up(world.project, lambda: False)
    assert world.rows(delivery_table) == 10
