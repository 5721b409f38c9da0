"""`digest collect` over feeds: polite, complete, and killed at any moment without a loss."""

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from digest.services.sources.due import CLAIM
from tests.feed_farm import ITEMS, Farm
from tests.integration.conftest import Project

# The farm's items are of the morning of this day.
NOW = "2026-11-20T12:00:00Z"
FEEDS = 14
KILLS = 4


@pytest.fixture
def farm() -> Iterator[Farm]:
    with Farm(FEEDS, broken_every=5) as found:
        yield found


def follow(project: Project, farm: Farm) -> None:
    blocks = [
        f'[[sources]]\nid = "farm-{n}"\nkind = "feed"\nurl = "{farm.local_url(n)}"\n'
        for n in range(FEEDS)
    ]
    (project.root / "config" / "sources.toml").write_text("\n".join(blocks))
    project.env |= {
        "DIGEST_NOW": NOW,
        "DIGEST_COLLECT_ALLOW": '["127.0.0.1"]',
        "DIGEST_COLLECT_HOST_DELAY": "0",
        "DIGEST_COLLECT_PER_HOST": "20",
        "DIGEST_COLLECT_TIMEOUT": "3",
    }


def rows(project: Project, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(project.root / "var" / "digest.db") as database:
        return database.execute(query).fetchall()


def hold_that_all_is_there(project: Project, farm: Farm) -> None:
    """Each report of each feed that is well once, in a story; nothing waits."""
    counts = dict(rows(project, "SELECT source, count(*) FROM reports GROUP BY source"))
    assert {f"farm-{n}" for n in farm.well} <= set(counts)
    assert {counts[f"farm-{n}"] for n in farm.well} == {ITEMS}
    assert rows(project, "SELECT count(*) FROM reports WHERE standing <> 'told'") == [(0,)]
    assert rows(project, "SELECT count(*) FROM reports WHERE story_id IS NULL") == [(0,)]
    orphans = "SELECT count(*) FROM stories WHERE id NOT IN (SELECT story_id FROM reports)"
    assert rows(project, orphans) == [(0,)]


def test_feeds_are_collected_once_and_a_broken_one_costs_itself_alone(project, farm):
    follow(project, farm)
    first = project.json("collect")
    assert first["feeds"]["asked"] == FEEDS
    assert first["feeds"]["reports"] == ITEMS * len(farm.well)
    assert len(first["feeds"]["troubles"]) == FEEDS - len(farm.well)
    assert first["collected"] > 0
    hold_that_all_is_there(project, farm)

    again = project.json("collect", DIGEST_NOW="2026-11-20T13:30:00Z")
    assert (again["collected"], again["updated"], again["feeds"]["reports"]) == (0, 0, 0)
    assert again["feeds"]["unchanged"] == len(farm.well)
    hold_that_all_is_there(project, farm)


def test_a_feed_that_was_just_asked_is_left_alone(project, farm):
    follow(project, farm)
    project.json("collect")
    asked = len(farm.visits)
    assert project.json("collect")["feeds"]["asked"] == 0
    assert len(farm.visits) == asked


def test_what_was_old_when_a_source_was_new_is_known_and_not_told(project, farm):
    follow(project, farm)
    late = project.json("collect", DIGEST_NOW="2026-11-23T12:00:00Z")
    assert (late["collected"], late["feeds"]["reports"]) == (0, 0)
    standings = rows(project, "SELECT DISTINCT standing FROM reports")
    assert standings == [("old",)]


def test_a_collect_that_is_killed_at_any_moment_loses_and_doubles_nothing(project, farm):
    follow(project, farm)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    moments = random.Random(seed)
    # What a dead process was asking is asked again once its claim is over.
    times = [(datetime.fromisoformat(NOW) + n * CLAIM).isoformat() for n in range(KILLS + 1)]
    for at in times[:-1]:
        process = project.popen("collect", DIGEST_NOW=at)
        begun = len(farm.visits)
        deadline = time.monotonic() + 20
        wanted = begun + moments.randrange(1, FEEDS)
        while len(farm.visits) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(moments.random() * 0.6)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
    project.json("collect", DIGEST_NOW=times[-1])
    project.json("collect", DIGEST_NOW="2026-11-21T11:00:00Z")
    hold_that_all_is_there(project, farm)


def test_two_at_once_keep_each_report_once(project, farm):
    follow(project, farm)
    both = [project.popen("collect", "--json") for _ in range(2)]
    for process in both:
        process.communicate(timeout=90)
    assert [process.returncode for process in both] == [0, 0]
    hold_that_all_is_there(project, farm)


def test_of_two_hosts_that_collect_at_once_one_asks_a_feed(project, farm):
    follow(project, farm)
    project.json("status")  # both open a database that is there
    both = [project.popen("collect", "--json") for _ in range(2)]
    asked = [json.loads(process.communicate(timeout=90)[0])["feeds"]["asked"] for process in both]
    assert sum(asked) == FEEDS
