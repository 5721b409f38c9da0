"""Each format of feed, read from a file, against the values that stand beside it."""

import dataclasses
import json

import pytest

from digest.collect.feeds.parse import parse_feed
from digest.collect.feeds.values import Feed
from tests.paths import DATA

FEEDS = DATA / "feeds"
FILES = sorted(path for path in FEEDS.iterdir() if path.suffix in (".xml", ".feed"))


def as_json(feed):
    """A feed as the files beside the feeds have it: what is empty is left out of items."""
    items = [
        {name: value for name, value in dataclasses.asdict(item).items() if value}
        for item in feed.items
    ]
    faults = [str(fault) for fault in feed.faults]
    plain = {**dataclasses.asdict(feed), "items": items, "faults": faults}
    return json.loads(json.dumps(plain, default=str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_feed_is_read_as_the_file_beside_it_says(path):
    feed = parse_feed(path.read_bytes(), "", "https://feeds.example/feed")
    assert isinstance(feed, Feed)
    assert as_json(feed) == json.loads(path.with_suffix(".json").read_text())


def test_every_format_has_a_file():
    names = {path.stem for path in FILES}
    assert names == {
        "rss20", "rss091", "rdf", "atom10", "atom03", "podcast", "cdf", "jsonfeed"
    }  # fmt: skip
