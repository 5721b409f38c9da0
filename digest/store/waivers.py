"""Findings of the gate that somebody let pass for the issue of a date, with the reason."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.model import Finding
from digest.store.database import insert_new
from digest.store.schema import waivers


@dataclass(frozen=True, slots=True)
class Waiver:
    """That somebody let a finding pass; `words` are what it said."""

    finding: str
    words: str
    reason: str
    made_by: str
    made_at: datetime


def add(
    connection: sa.Connection,
    newsletter: str,
    day: date,
    finding: Finding,
    reason: str,
    who: str,
    now: datetime,
) -> None:
    """Let a finding pass; whoever did so first stays on record."""
    row = {
        "newsletter": newsletter,
        "date": day,
        "finding": finding.id,
        "words": str(finding),
        "reason": reason,
        "made_by": who,
        "made_at": now,
    }
    insert_new(connection, waivers, [row])


def of_issue(connection: sa.Connection, newsletter: str, day: date) -> dict[str, Waiver]:
    """What is let pass of the issue of a date, by the id of the finding."""
    query = sa.select(waivers).where(waivers.c.newsletter == newsletter, waivers.c.date == day)
    return {
        row.finding: Waiver(row.finding, row.words, row.reason, row.made_by, row.made_at)
        for row in connection.execute(query.order_by(waivers.c.id))
    }
