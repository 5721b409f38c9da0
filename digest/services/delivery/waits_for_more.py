"""Whose mail of an issue waits for more stories: the rule of digest.compose.enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from digest.compose.enough import StoryCounter, last_day
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
    thresholds = store.thresholds(connection, newsletter, issue, before)
    waiting = [
        threshold
        for threshold in thresholds
        if issue.date < last_day(threshold.since, threshold.longest_wait)
    ]
    if not waiting:
        return []
    record = issues.get(connection, issue.id)
    first = min(threshold.since for threshold in waiting)
    counter = StoryCounter(issues.told_since(connection, record, first))
    return [threshold for threshold in waiting if _count(counter, threshold) < threshold.at_least]


def stories_awaited(
    connection: sa.Connection, record: IssueRecord, threshold: Threshold
) -> StoriesAwaited:
    """Where somebody's mail of an issue stands that waits for more stories."""
    counter = StoryCounter(issues.told_since(connection, record, threshold.since))
    return StoriesAwaited(
        threshold.at_least,
        _count(counter, threshold),
        last_day(threshold.since, threshold.longest_wait),
    )


def _count(counter: StoryCounter, threshold: Threshold) -> int:
    return counter.count(threshold.chosen_topics, threshold.keywords, threshold.since)
