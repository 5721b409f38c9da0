"""What feeds answer is kept, many in one transaction: states, new reports, changes, suspicions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from digest.collect.net.fetched import Failed, FailureKind, Fetched, New, NotModified
from digest.collect.net.polite import Pace
from digest.desk.news.feed_keeper import Answer, FeedKeeper, due_feeds
from digest.desk.news.reading import Reading, read_body
from digest.settings import FeedSource
from digest.store import feeds, reports
from digest.store.reports import Standing
from tests.builders import NOON

DAY = timedelta(days=1)
URL = "https://{}.example/feed"


class Desk:
    """A keeper at a time that is given, and what it is handed."""

    def __init__(self, database) -> None:
        self.database = database
        self.now = NOON
        self.keeper = FeedKeeper(
            database, lambda: self.now, backlog=DAY, pace=Pace(), jitter=lambda: 0.0
        )

    def keep(self, **answers: Fetched | str) -> int:
        """What each source answered; a text is a body."""
        sources = [FeedSource(id=name, url=URL.format(name)) for name in answers]
        with self.database.read() as connection:
            due = due_feeds(connection, sources, self.now)
        assert len(due) == len(answers)
        sheaf: list[Answer] = []
        for feed in due:
            answer = answers[feed.source.id]
            if isinstance(answer, str):
                sheaf.append(
                    (feed, New(feed.request.url, b"", etag='"1"'), self.read(feed, answer))
                )
            else:
                sheaf.append((feed, answer, None))
        return self.keeper.keep(sheaf)

    def read(self, feed, body: str) -> Reading:
        found = read_body(body.encode(), "", feed.request.url, feed.source.id, "", self.now)
        assert isinstance(found, Reading)
        return found

    def standings(self, source: str) -> dict[Standing, int]:
        with self.database.read() as connection:
            return dict(feeds.tallies(connection, [source], NOON)[source].standings)


@pytest.fixture
def desk(database):
    return Desk(database)


def rss(titles: Iterable[str], published: datetime = NOON, text: str = "Text.") -> str:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><description>{text}</description>"
        f"<pubDate>{format_datetime(published)}</pubDate></item>"
        for title in titles
    )
    return f"<rss><channel><title>A feed</title>{items}</channel></rss>"


def test_each_feed_of_a_sheaf_has_its_own_state_and_reports(desk):
    waiting = desk.keep(
        times=rss(["One", "Two"]),
        post=rss(["One"]),
        gone=Failed(FailureKind.GONE, "it is gone"),
        still=NotModified(URL.format("still")),
    )
    assert waiting == 3
    assert (desk.keeper.gathered.asked, desk.keeper.gathered.unchanged) == (4, 1)
    assert [one.source for one in desk.keeper.gathered.troubles] == ["gone"]
    with desk.database.read() as connection:
        rows = feeds.everything(connection)
    assert (rows["times"].title, rows["times"].etag, rows["times"].last_success) == (
        *("A feed", '"1"'),
        NOON,
    )
    assert (rows["gone"].gone, rows["gone"].last_error) == (True, "it is gone")
    assert rows["still"].last_success == NOON
    assert desk.standings("times") == {Standing.NEW: 2}
    assert desk.standings("post") == {Standing.NEW: 1}


def test_what_was_told_is_known_again_and_what_changed_is_changed(desk):
    desk.keep(times=rss(["One", "Two"]))
    desk.now += timedelta(hours=2)
    assert desk.keep(times=rss(["One", "Two", "Three"])) == 1
    desk.now += timedelta(hours=2)
    assert desk.keep(times=rss(["One", "Two", "Three"], text="More text.")) == 0
    assert desk.standings("times") == {Standing.NEW: 3}
    with desk.database.read() as connection:
        texts = {one.report.summary for one in reports.waiting(connection)}
    assert texts == {"More text."}


def test_the_old_items_of_a_new_source_are_known_and_not_told(desk):
    assert desk.keep(times=rss(["Old"], NOON - 5 * DAY)) == 0
    assert desk.standings("times") == {Standing.OLD: 1}


def test_a_flood_of_old_items_is_kept_back_and_so_is_what_comes_until_the_release(desk):
    desk.keep(times=rss(["One"]), post=rss(["One"]))
    desk.now += 3 * DAY
    desk.keep(times=rss(["One"]))
    desk.now += DAY
    flood = rss([f"Old {n}" for n in range(12)], NOON - timedelta(hours=3))
    assert desk.keep(times=flood, post=rss(["Two"], desk.now)) == 1
    desk.now += DAY
    assert desk.keep(times=rss(["News"], desk.now)) == 0
    gathered = desk.keeper.gathered
    assert gathered.kept_back == 13
    assert [(one.source, one.quarantined) for one in gathered.troubles] == [("times", True)]
    assert desk.standings("times") == {Standing.NEW: 1, Standing.KEPT_BACK: 13}
    assert desk.standings("post") == {Standing.NEW: 2}
    with desk.database.write() as connection:
        row = feeds.get(connection, "times")
        assert row is not None
        assert "12 reports at once" in str(row.quarantine)
        feeds.release(connection, "times", Standing.NEW)
    desk.now += DAY
    assert desk.keep(times=rss(["More"], desk.now)) == 1
