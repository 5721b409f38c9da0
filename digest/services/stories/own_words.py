"""Reports without what their sources repeat, as each source's last reports show it.

What stands under most of what a source sends is no evidence of an event and no bullet. Nothing is
kept for this: the reports are the memory.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from digest.merge.language.furniture import Furniture, find_furniture
from digest.model import Report
from digest.store import reports

# A source that changes its signature is known by the new one within so long.
MEMORY = timedelta(weeks=4)
LAST_REPORTS = 40


class OwnWords:
    """What each source repeats is looked up once; so it is for one transaction."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection = connection
        self._since = now - MEMORY
        self._items: dict[str, list[tuple[int, str, str]]] = {}
        self._furniture: dict[str, Furniture] = {}

    def of(self, report: Report) -> Report:
        """The report itself, where it has nothing that its source repeats."""
        if not report.summary:
            return report
        summary = self._furniture_of(report.source).without(report.summary)
        return report if summary == report.summary else replace(report, summary=summary)

    def of_story(self, story_id: int) -> dict[int, Report]:
        """A story's reports by id, oldest first."""
        members = reports.of_story(self._connection, story_id)
        return {number: self.of(report) for number, (report, _) in members.items()}

    def left_out(self, report: Report) -> tuple[str, ...]:
        """The paragraphs of a report that its source repeats."""
        furniture = self._furniture_of(report.source)
        return tuple(line for line in report.summary.split("\n") if furniture.has(line))

    def has_learned(self, source: str, new: Collection[int]) -> bool:
        """Whether these new reports show that a source repeats something."""
        shapes = self._furniture_of(source).shapes
        if not shapes:
            return False
        before = [(head, text) for number, head, text in self._items[source] if number not in new]
        return not shapes <= find_furniture(before).shapes

    def _furniture_of(self, source: str) -> Furniture:
        if source not in self._furniture:
            items = reports.last_texts(self._connection, source, self._since, LAST_REPORTS)
            self._items[source] = items
            self._furniture[source] = find_furniture((head, text) for _, head, text in items)
        return self._furniture[source]
