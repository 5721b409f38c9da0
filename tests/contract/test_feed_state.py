"""The state of feeds, on both databases: what a fetch writes, what an operator does beside it."""

from dataclasses import replace
from datetime import timedelta

from digest.store import feeds, reports
from digest.store.feeds import FeedRow, WithheldCounts
from digest.store.reports import ReportState, StoredReport
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


def told(key: str, standing: ReportState, source: str = "times") -> StoredReport:
    return StoredReport(report(source=source, key=key, headline=key), standing=standing)


def standings(connection) -> dict[ReportState, int]:
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
        feeds.release(connection, "times", ReportState.NEW)
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
    kept = [
        told("a", ReportState.KEPT_BACK),
        told("b", ReportState.KEPT_BACK),
        told("c", ReportState.OLD),
    ]
    with database.write() as connection:
        feeds.put(connection, READ)
        feeds.quarantine(connection, "times", "a flood", NOON)
        reports.add(connection, [*kept, told("d", ReportState.KEPT_BACK, "other")], NOON)
        assert feeds.release(connection, "times", ReportState.NEW) == 2
        assert feeds.get(connection, "times") == READ
        assert standings(connection) == {ReportState.NEW: 2, ReportState.OLD: 1}
        assert feeds.tallies(connection, ["other"], NOON)["other"].standings == {
            ReportState.KEPT_BACK: 1
        }
        assert feeds.release(connection, "times", ReportState.OLD) == 0


def test_a_forgotten_feed_leaves_what_it_told(database):
    with database.write() as connection:
        feeds.put(connection, READ)
        reports.add(connection, [told("a", ReportState.NEW)], NOON)
        feeds.forget(connection, "times")
        assert feeds.everything(connection) == {}
        assert standings(connection) == {ReportState.NEW: 1}


def test_a_tally_counts_stories_of_the_time_asked_for_and_each_once(database):
    with database.write() as connection:
        story = add_story(connection, "seed").id
        reports.add(connection, [told("old", ReportState.TOLD)], NOON - 8 * DAY, story_id=story)
        reports.add(
            connection,
            [told("a", ReportState.TOLD), told("b", ReportState.TOLD)],
            NOON,
            story_id=story,
        )
        reports.add(connection, [told("waits", ReportState.NEW)], NOON + DAY)
        found = feeds.tallies(connection, ["times", "quiet"], NOON - 7 * DAY)
    assert found == {"times": WithheldCounts({ReportState.NEW: 1}, 1), "quiet": WithheldCounts()}


def test_the_visits_of_a_source_are_each_moment_once_since_a_time(database):
    with database.write() as connection:
        reports.add(connection, [told("a", ReportState.TOLD)], NOON - 9 * DAY)
        reports.add(connection, [told("b", ReportState.OLD), told("c", ReportState.NEW)], NOON)
        reports.add(connection, [told("d", ReportState.NEW)], NOON - DAY)
        reports.add(connection, [told("e", ReportState.NEW, "other")], NOON)
        assert feeds.visits(connection, ["times", "quiet"], NOON - 2 * DAY) == {
            "times": [NOON - DAY, NOON]
        }


def test_the_newest_report_of_a_source_is_that_with_the_latest_date_of_those_that_came(database):
    def dated(key: str, days: int) -> StoredReport:
        made = report(source="times", key=key, summary="Text.", published=NOON - days * DAY)
        return StoredReport(made, standing=ReportState.OLD)

    with database.write() as connection:
        reports.add(connection, [dated("a", 300), dated("b", 200)], NOON)
        reports.add(connection, [dated("c", 100)], NOON - 90 * DAY)
        assert feeds.newest(connection, ["times", "quiet"], NOON - DAY) == {
            "times": NOON - 200 * DAY
        }


def test_a_report_is_found_by_its_page_with_what_became_of_it(database):
    made = report(source="times", key="a", url="https://times.example/1", summary="Text.")
    with database.write() as connection:
        reports.add(connection, [StoredReport(made, standing=ReportState.OLD)], NOON)
        assert reports.of_url(connection, "https://times.example/1") == [
            reports.ReportOnRecord(1, made, ReportState.OLD, "", NOON, None)
        ]
        assert reports.of_url(connection, "https://times.example/2") == []
