"""One text that many publish, as agencies' reports are: it is looked at once; pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from digest.merge.same_event.evidence import WINDOW_HOURS
from digest.merge.same_event.features import Features

_WINDOW = timedelta(hours=WINDOW_HOURS)


class PublishedText(Protocol):
    """What has to be known of a report to find its copies."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def features(self) -> Features:
        """Its text, as merging sees it."""

    @property
    def published(self) -> datetime:
        """When."""

    @property
    def story(self) -> int | None:
        """The story that it is in already."""


T = TypeVar("T", bound=PublishedText)


def without_copies(rows: Iterable[T], bound: Collection[str]) -> tuple[list[T], dict[str, list[T]]]:
    """The reports without the copies, and the copies by the key of the first of each text.

    `rows` are in the order of their publishing. A copy is a new report with the very text of one
    of the last 72 hours; those of which an admin decided something, `bound`, stand for themselves.
    """
    originals: list[T] = []
    copies: dict[str, list[T]] = {}
    first: dict[Features, T] = {}
    for row in rows:
        original = row if row.key in bound else first.setdefault(row.features, row)
        if original is row:
            originals.append(row)
            continue
        recent = row.published - original.published <= _WINDOW
        if recent and row.story is None and row.features.counts:
            copies.setdefault(original.key, []).append(row)
            continue
        originals.append(row)
        if not recent:
            first[row.features] = row
    return originals, copies
