"""What feeds answer is kept, many in one transaction: states, new reports, changes, suspicions."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import format_datetime
from threading import Barrier

import pytest
from structlog.testing import capture_logs

from digest.collect.net.fetch_schedule import FetchInterval
from digest.collect.net.fetched import Failed, FailureKind, Fetched, FetchedBody, NotModified
from digest.model import TopicTree
from digest.services.sources.due import CLAIM, DueFeed, claim_due_feeds
from digest.services.sources.keep import Answer, FeedRecorder
from digest.services.sources.read_feed import FeedContent, read_body
from digest.settings import FeedSource
from digest.store import feeds, reports
from digest.store.reports import ReportState
from tests.builders import NOON

DAY = timedelta(days=1)
URL = "https://{}.example/feed"


class Keeper:
    """A keeper at a time that is given, and what it is handed."""

    def __init__(self, database) -> None:
        self.database = database
        self.now = NOON
        self.keeper = FeedRecorder(
            database,
            lambda: self.now,
            backlog=DAY,
            interval=FetchInterval(),
            topics=TopicTree(),
            jitter=lambda: 0.0,
        )

    def keep(self, **answers: Fetched | str) -> int:
        """What each source answered; a text is a body."""
        sources = [FeedSource(id=name, url=URL.format(name)) for name in answers]
        due = self.claim(*sources)
        assert len(due) == len(answers)
        group: list[Answer] = []
        for feed in due:
            answer = answers[feed.source.id]
            if isinstance(answer, str):
                group.append(
                    (feed, FetchedBody(feed.request.url, b"", etag='"1"'), self.read(feed, answer))
                )
            else:
                group.append((feed, answer, None))
        return self.keeper.keep(group)

    def claim(self, *sources: FeedSource) -> list[DueFeed]:
        due = claim_due_feeds(self.database, sources, self.now)
        self.keeper.claimed_until = self.now + CLAIM
        return due

    def read(self, feed, body: str) -> FeedContent:
        found = read_body(body.encode(), "", feed.request.url, feed.source.id, "", self.now)
        assert isinstance(found, FeedContent)
        return found

    def standings(self, source: str) -> dict[ReportState, int]:
        with self.database.read() as connection:
            return dict(feeds.tallies(connection, [source], NOON)[source].standings)


@pytest.fixture
def executor(database):
    return Keeper(database)


def rss(titles: Iterable[str], published: datetime = NOON, text: str = "Text.") -> str:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><description>{text}</description>"
        f"<pubDate>{format_datetime(published)}</pubDate></item>"
        for title in titles
    )
    return f"<rss><channel><title>A feed</title>{items}</channel></rss>"


def test_of_eight_that_collect_at_once_one_asks_each_feed(database):
    sources = [FeedSource(id=f"feed-{n}", url=URL.format(n)) for n in range(40)]
    start = Barrier(8)

    def claim(_host: int) -> list[str]:
        start.wait()
        return [feed.source.id for feed in claim_due_feeds(database, sources, NOON)]

    with ThreadPoolExecutor(8) as hosts:
        asked = [name for names in hosts.map(claim, range(8)) for name in names]
    assert sorted(asked) == sorted(source.id for source in sources)


def test_a_feed_that_is_being_asked_is_asked_again_where_nothing_came_of_it(database):
    sources = [FeedSource(id="times", url=URL.format("times"))]
    assert claim_due_feeds(database, sources, NOON)
    assert claim_due_feeds(database, sources, NOON + CLAIM / 2) == []
    (again,) = claim_due_feeds(database, sources, NOON + CLAIM)
    assert again.request.url == URL.format("times")


def test_what_came_of_a_claimed_feed_moves_its_next_time_and_counts_no_failure(executor):
    sources = [FeedSource(id="times", url=URL.format("times"))]
    (feed,) = executor.claim(*sources)
    executor.keeper.keep([(feed, NotModified(feed.request.url), None)])
    with executor.database.read() as connection:
        row = feeds.get(connection, "times")
    assert row is not None
    assert (row.next_at, row.failures) == (NOON + FetchInterval().shortest, 0)
    assert claim_due_feeds(executor.database, sources, NOON + CLAIM) == []


def late_answer(executor, title):
    """What a feed is told to have answered, and the feed as it was claimed."""
    (feed,) = executor.claim(FeedSource(id="times", url=URL.format("times")))
    body = FetchedBody(feed.request.url, b"", etag=f'"{title}"')
    return feed, body, executor.read(feed, rss([title]))


def test_an_answer_that_comes_when_another_host_has_claimed_the_feed_is_not_kept(
    executor, database
):
    slow, quick = executor, Keeper(database)
    late = late_answer(slow, "Old words")
    quick.now = slow.now = NOON + CLAIM
    in_time = late_answer(quick, "New words")
    slow.keeper.claimed_until = late[0].claimed_until
    with capture_logs() as logged:
        assert (slow.keeper.keep([late]), quick.keeper.keep([in_time])) == (0, 1)
        assert slow.keeper.keep([late]) == 0
    events = [line["event"] for line in logged]
    assert events == ["feed answered too late", "feed item", "feed answered too late"]
    with database.read() as connection:
        row = feeds.get(connection, "times")
    assert row is not None
    assert row.etag == '"New words"'
    assert slow.standings("times") == {ReportState.NEW: 1}


def test_who_takes_long_renews_its_claims_and_nobody_else_asks(executor, database):
    sources = [FeedSource(id=name, url=URL.format(name)) for name in ("times", "post")]
    first, second = executor.claim(*sources)
    executor.now = NOON + CLAIM * 0.9
    executor.keeper.keep([(first, NotModified(first.request.url), None)])
    assert claim_due_feeds(database, sources, NOON + CLAIM * 1.5) == []
    executor.now = NOON + CLAIM * 1.5
    executor.keeper.keep([(second, NotModified(second.request.url), None)])
    assert executor.keeper.summary.unchanged == 2


def test_what_a_feed_answers_that_is_no_source_any_more_is_not_kept(executor, database):
    answer = late_answer(executor, "Words")
    with database.write() as connection:
        feeds.forget(connection, "times")
    assert executor.keeper.keep([answer]) == 0
    with database.read() as connection:
        assert feeds.get(connection, "times") is None


def test_each_feed_of_a_batch_has_its_own_state_and_reports(executor):
    waiting = executor.keep(
        times=rss(["One", "Two"]),
        post=rss(["One"]),
        gone=Failed(FailureKind.GONE, "it is gone"),
        still=NotModified(URL.format("still")),
    )
    assert waiting == 3
    assert (executor.keeper.summary.asked, executor.keeper.summary.unchanged) == (4, 1)
    assert [one.source for one in executor.keeper.summary.problems] == ["gone"]
    with executor.database.read() as connection:
        rows = feeds.everything(connection)
    assert (rows["times"].title, rows["times"].etag, rows["times"].last_success) == (
        *("A feed", '"1"'),
        NOON,
    )
    assert (rows["gone"].gone, rows["gone"].last_error) == (True, "it is gone")
    assert rows["still"].last_success == NOON
    assert executor.standings("times") == {ReportState.NEW: 2}
    assert executor.standings("post") == {ReportState.NEW: 1}


def test_what_was_told_is_known_again_and_what_changed_is_changed(executor):
    executor.keep(times=rss(["One", "Two"]))
    executor.now += timedelta(hours=2)
    assert executor.keep(times=rss(["One", "Two", "Three"])) == 1
    executor.now += timedelta(hours=2)
    assert executor.keep(times=rss(["One", "Two", "Three"], text="More text.")) == 0
    assert executor.standings("times") == {ReportState.NEW: 3}
    with executor.database.read() as connection:
        texts = {one.report.summary for one in reports.waiting(connection)}
    assert texts == {"More text."}


def test_the_old_items_of_a_new_source_are_known_and_not_told(executor):
    assert executor.keep(times=rss(["Old"], NOON - 5 * DAY)) == 0
    assert executor.standings("times") == {ReportState.OLD: 1}


def test_a_flood_of_old_items_is_kept_back_and_so_is_what_comes_until_the_release(executor):
    executor.keep(times=rss(["One"]), post=rss(["One"]))
    executor.now += 3 * DAY
    executor.keep(times=rss(["One"]))
    executor.now += DAY
    flood = rss([f"Old {n}" for n in range(12)], NOON - timedelta(hours=3))
    assert executor.keep(times=flood, post=rss(["Two"], executor.now)) == 1
    executor.now += DAY
    assert executor.keep(times=rss(["News"], executor.now)) == 0
    summary = executor.keeper.summary
    assert summary.kept_back == 13
    assert [(one.source, one.quarantined) for one in summary.problems] == [("times", True)]
    assert executor.standings("times") == {ReportState.NEW: 1, ReportState.KEPT_BACK: 13}
    assert executor.standings("post") == {ReportState.NEW: 2}
    with executor.database.write() as connection:
        row = feeds.get(connection, "times")
        assert row is not None
        assert "12 reports at once" in str(row.quarantine)
        feeds.release(connection, "times", ReportState.NEW)
    executor.now += DAY
    assert executor.keep(times=rss(["More"], executor.now)) == 1


def test_what_its_keywords_block_is_kept_with_the_word_and_told_after_all(executor):
    executor.keep(times=rss(["One"]))
    executor.now += DAY
    lists = FeedSource(id="times", url=URL.format("times"), block=("title:cup*",))
    (due,) = executor.claim(lists)
    body = rss(["The cups", "Two"], executor.now)
    answer = FetchedBody(due.request.url, b"")
    assert executor.keeper.keep([(due, answer, executor.read(due, body))]) == 1
    assert executor.keeper.summary.blocked == 1
    with executor.database.write() as connection:
        (blocked,) = reports.blocked(connection, executor.now)
        assert (blocked.source, blocked.headline) == ("times", "The cups")
        assert blocked.reason == "blocked by the keyword title:cup*"
        assert reports.blocked(connection, executor.now, "post") == []
        assert reports.unblock(connection, [blocked.id, blocked.id + 50]) == [blocked.id]
        assert reports.unblock(connection, [blocked.id]) == []
        assert reports.blocked(connection, executor.now) == []
    # Asked again, it is known.
    executor.now += DAY
    (due,) = executor.claim(lists)
    assert executor.keeper.keep([(due, answer, executor.read(due, body))]) == 0
    assert executor.standings("times") == {ReportState.NEW: 3}


def test_what_was_kept_is_told_apart_by_its_text_and_time_later(executor):
    def item(title: str, day: int, text: str) -> str:
        return (
            f"<rss><channel><title>A feed</title><item><title>{title}</title><guid>best</guid>"
            f"<link>https://times.example/best</link><description>{text}</description>"
            f"<pubDate>{format_datetime(NOON + day * DAY)}</pubDate></item></channel></rss>"
        )

    executor.keep(times=item("The seven best tools", 0, "Seven tools."))
    executor.now += DAY
    assert executor.keep(times=item("Ten new tools", 1, "Ten tools.")) == 1
    executor.now += DAY
    assert executor.keep(times=item("Ten new tools", 1, "Ten tools, one of them free.")) == 0
    assert executor.standings("times") == {ReportState.NEW: 2}


def test_a_line_of_the_log_tells_each_decision_and_its_reason(executor):
    executor.keep(times=rss(["One"]))
    executor.now += DAY
    with capture_logs() as lines:
        executor.keep(times=rss(["One", "Two"], executor.now))
    told = [line for line in lines if line["event"] == "feed item"]
    assert [(line["headline"], line["outcome"], line["reason"]) for line in told] == [
        ("One", "known", "GUID and title were told before"),
        ("Two", "new", "nothing of it was told before"),
    ]
    assert {(line["source"], line["log_level"]) for line in told} == {("times", "debug")}
