"""The state of feeds, on both databases: what a fetch writes, what an operator does beside it."""

from dataclasses import replace
from datetime import timedelta

from digest.store import feeds, reports
from digest.store.feeds import FeedRow, Tally
from digest.store.reports import Kept, Standing
from tests.builders import NOON, report
from tests.contract.givens import add_story

URL = "https://times.example/feed"
DAY = timedelta(days=1)
READ = FeedRow(
    "times",
    configured=URL,
    url="https://times.example/new",
    title="The Times",
    etag='"1"',
    last_modified="Sat, 21 Nov 2026 12:00:00 GMT",
    next_at=NOON + DAY,
    failures=1,
    last_success=NOON,
    last_error="answered 500",
    error_since=NOON,
    first_seen=NOON - DAY,
)


def told(key: str, standing: Standing, source: str = "times") -> Kept:
    return Kept(report(source=source, key=key, headline=key), standing=standing)


def standings(connection) -> dict[Standing, int]:
    return dict(feeds.tallies(connection, ["times"], NOON)["times"].standings)


def test_a_state_comes_back_as_it_was_put_and_the_next_one_takes_its_place(database):
    with database.write() as connection:
        assert feeds.get(connection, "times") is None
        feeds.put(connection, READ)
        assert feeds.get(connection, "times") == READ
        later = replace(READ, etag='"2"', next_at=None, gone=True, title=None)
        feeds.put(connection, later)
        assert feeds.everything(connection) == {"times": later}


def test_a_fetch_that_ends_after_a_pause_or_a_release_does_not_undo_it(database):
    with database.write() as connection:
        feeds.put(connection, READ)
        feeds.quarantine(connection, "times", "a flood", NOON)
        seen = feeds.get(connection, "times")
        assert seen is not None
        feeds.release(connection, "times", Standing.NEW)
        feeds.pause(connection, "times", URL)
        feeds.put(connection, replace(seen, etag='"2"'))
        assert feeds.get(connection, "times") == replace(READ, etag='"2"', paused=True)


def test_a_feed_that_was_never_asked_can_be_paused_and_resumed(database):
    with database.write() as connection:
        feeds.pause(connection, "times", URL)
        assert feeds.get(connection, "times") == FeedRow("times", URL, URL, paused=True)
        feeds.resume(connection, "times")
        assert feeds.get(connection, "times") == FeedRow("times", URL, URL)


def test_to_resume_is_to_be_due_at_once_also_where_the_feed_was_gone(database):
    with database.write() as connection:
        feeds.put(connection, replace(READ, gone=True))
        feeds.put(connection, replace(READ, source="other"))
        feeds.resume(connection, "times")
        assert feeds.get(connection, "times") == replace(READ, next_at=None)
        assert feeds.get(connection, "other") == replace(READ, source="other")


def test_the_first_reason_of_a_quarantine_stays(database):
    with database.write() as connection:
        feeds.put(connection, READ)
        feeds.quarantine(connection, "times", "a flood", NOON)
        feeds.quarantine(connection, "times", "another", NOON + DAY)
        found = feeds.get(connection, "times")
    assert found == replace(READ, quarantine="a flood", quarantined_at=NOON)


def test_a_release_moves_what_that_source_had_kept_back_and_nothing_else(database):
    kept = [told("a", Standing.KEPT_BACK), told("b", Standing.KEPT_BACK), told("c", Standing.OLD)]
    with database.write() as connection:
        feeds.put(connection, READ)
        feeds.quarantine(connection, "times", "a flood", NOON)
        reports.add(connection, [*kept, told("d", Standing.KEPT_BACK, "other")], NOON)
        assert feeds.release(connection, "times", Standing.NEW) == 2
        assert feeds.get(connection, "times") == READ
        assert standings(connection) == {Standing.NEW: 2, Standing.OLD: 1}
        assert feeds.tallies(connection, ["other"], NOON)["other"].standings == {
            Standing.KEPT_BACK: 1
        }
        assert feeds.release(connection, "times", Standing.OLD) == 0


def test_a_forgotten_feed_leaves_what_it_told(database):
    with database.write() as connection:
        feeds.put(connection, READ)
        reports.add(connection, [told("a", Standing.NEW)], NOON)
        feeds.forget(connection, "times")
        assert feeds.everything(connection) == {}
        assert standings(connection) == {Standing.NEW: 1}


def test_a_tally_counts_stories_of_the_time_asked_for_and_each_once(database):
    with database.write() as connection:
        story = add_story(connection, "seed").id
        reports.add(connection, [told("old", Standing.TOLD)], NOON - 8 * DAY, story_id=story)
        reports.add(
            connection, [told("a", Standing.TOLD), told("b", Standing.TOLD)], NOON, story_id=story
        )
        reports.add(connection, [told("waits", Standing.NEW)], NOON + DAY)
        found = feeds.tallies(connection, ["times", "quiet"], NOON - 7 * DAY)
    assert found == {"times": Tally({Standing.NEW: 1}, 1), "quiet": Tally()}


def test_the_visits_of_a_source_are_each_moment_once_since_a_time(database):
    with database.write() as connection:
        reports.add(connection, [told("a", Standing.TOLD)], NOON - 9 * DAY)
        reports.add(connection, [told("b", Standing.OLD), told("c", Standing.NEW)], NOON)
        reports.add(connection, [told("d", Standing.NEW)], NOON - DAY)
        reports.add(connection, [told("e", Standing.NEW, "other")], NOON)
        assert feeds.visits(connection, ["times", "quiet"], NOON - 2 * DAY) == {
            "times": [NOON - DAY, NOON]
        }
