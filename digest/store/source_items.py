"""What a source told last, and what became of each item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.reports import ReportState
from digest.store.schema import reports


@dataclass(frozen=True, slots=True)
class SourceItem:
    """A report of a source; `reason` says why it was never told, where that is on record."""

    id: int
    headline: str
    url: str | None
    collected_at: datetime
    published: datetime | None
    standing: ReportState
    reason: str
    story_id: int | None


def latest(connection: sa.Connection, source: str, count: int) -> Sequence[SourceItem]:
    """The reports that came last, the last first."""
    query = (
        sa.select(
            reports.c.id,
            reports.c.content["headline"].as_string().label("headline"),
            reports.c.url,
            reports.c.collected_at,
            reports.c.published,
            reports.c.standing,
            reports.c.reason,
            reports.c.story_id,
        )
        .where(reports.c.source == source)
        .order_by(reports.c.collected_at.desc(), reports.c.id.desc())
        .limit(count)
    )
    return [
        SourceItem(
            row.id,
            row.headline,
            row.url,
            row.collected_at,
            row.published,
            ReportState(row.standing),
            row.reason or "",
            row.story_id,
        )
        for row in connection.execute(query)
    ]
