"""`digest collect` over some two hundred odd and hostile feeds at once, each at its own cost."""

import json
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.feed_farm import Farm, Stall
from tests.integration.conftest import Project
from tests.odd_feeds import Odd, odd_feeds
from tests.sampling import sample

NOW = "2026-11-20T12:00:00Z"
LATER = "2026-11-21T12:00:00Z"
ALL_FEEDS = odd_feeds()
FEEDS = {name: ALL_FEEDS[name] for name in sample(list(ALL_FEEDS), 60)}


def serve(odd: Odd) -> Callable[[Stall], Awaitable[None]]:
    async def answer(stall: Stall) -> None:
        await stall.answer("200 OK", odd.body, Content_Type=odd.content_type, **odd.headers)

    return answer


@pytest.fixture
def farm() -> Iterator[Farm]:
    farm = Farm(0)
    farm.pages = {f"/{name}": serve(odd) for name, odd in FEEDS.items()}
    with farm:
        yield farm


def follow(project: Project, farm: Farm) -> None:
    blocks = [
        f'[[sources]]\nid = "{name}"\nkind = "feed"\nurl = "http://127.0.0.1:{farm.port}/{name}"\n'
        for name in FEEDS
    ]
    (project.root / "config" / "sources.toml").write_text("\n".join(blocks))
    project.env |= {"DIGEST_NOW": NOW, "DIGEST_COLLECT_ALLOW": '["127.0.0.1"]'}


def headlines(project: Project) -> dict[str, Counter[str]]:
    """What is kept of each source."""
    found: dict[str, Counter[str]] = {name: Counter() for name in FEEDS}
    with sqlite3.connect(project.root / "var" / "digest.db") as database:
        for source, content in database.execute("SELECT source, content FROM reports"):
            found[source][json.loads(content)["headline"]] += 1
    return found


def test_every_item_of_a_readable_feed_is_kept_once_and_every_other_feed_is_named(project, farm):
    follow(project, farm)
    assert len(ALL_FEEDS) >= 150
    first = project.json("collect")
    assert first["feeds"]["asked"] == len(FEEDS)
    kept = headlines(project)
    lost = {name: set(odd.titles) - kept[name].keys() for name, odd in FEEDS.items()}
    assert {name: titles for name, titles in lost.items() if titles} == {}
    assert [title for found in kept.values() for title in found if found[title] > 1] == []

    listed = project.json("sources", "list")["sources"]
    errors = {each["id"]: each["last_error"] or "" for each in listed}
    well = {name for name, odd in FEEDS.items() if odd.titles}
    assert {name: errors[name] for name in well if errors[name]} == {}
    others = FEEDS.keys() - well
    wrong = {name: errors[name] for name in others if FEEDS[name].reason not in errors[name]}
    assert wrong == {}

    project.json("collect", DIGEST_NOW=LATER)
    assert headlines(project) == kept
