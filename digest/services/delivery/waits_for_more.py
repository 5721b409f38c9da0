"""Whose mail of an issue waits for more stories: the rule of digest.compose.enough_stories."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from digest.compose.enough_stories import StoryCounter, StoryWait
from digest.store import issues
from digest.store import schedule as store
from digest.store.issues import IssueRecord, Neighbour
from digest.store.schedule import Threshold


@dataclass(frozen=True, slots=True)
class StoriesAwaited:
    """How many stories somebody waits for and has, and the last day for which they wait."""

    at_least: int
    count: int
    last_day: date


def too_few(
    connection: sa.Connection, issue: Neighbour, newsletter: str, before: Sequence[Neighbour]
) -> list[Threshold]:
    """Of what subscribers wait for that of which an issue, and those untold before it, has less."""
    waits = {
        threshold: _wait_of(threshold)
        for threshold in store.thresholds(connection, newsletter, issue, before)
    }
    waiting = {key: wait for key, wait in waits.items() if issue.date < wait.last_day}
    if not waiting:
        return []
    record = issues.get(connection, issue.id)
    first = min(wait.since for wait in waiting.values())
    counter = StoryCounter(issues.told_since(connection, record, first))
    return [key for key, wait in waiting.items() if counter.count(wait) < wait.at_least]


def stories_awaited(
    connection: sa.Connection, record: IssueRecord, wait: StoryWait
) -> StoriesAwaited:
    """Where somebody's mail of an issue stands that waits for more stories."""
    counter = StoryCounter(issues.told_since(connection, record, wait.since))
    return StoriesAwaited(wait.at_least, counter.count(wait), wait.last_day)


def _wait_of(threshold: Threshold) -> StoryWait:
    return StoryWait(
        threshold.at_least,
        threshold.longest_wait,
        threshold.since,
        frozenset(json.loads(threshold.topics)),
        threshold.keywords,
    )
