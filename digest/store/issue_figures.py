"""What was counted of an issue's records that are gone: each count is that of its rows, and these.

They are added to in the transaction that deletes the rows, so that the sum is true at every moment.
"""

from collections.abc import Mapping
from enum import StrEnum

import sqlalchemy as sa

from digest.store.database import conflict_insert
from digest.store.schema import issue_figures

# A name, such as a state, and a cause; empty where there is none.
Figures = Mapping[tuple[str, str], int]


class Records(StrEnum):
    """Of what it is a count."""

    DELIVERIES = "deliveries"  # by state and cause
    DOUBTED = "doubted"  # those of them that were in doubt at some time
    BOUNCES = "bounces"  # by kind


def add(connection: sa.Connection, issue_id: int, records: Records, figures: Figures) -> None:
    """So many more are gone."""
    if not figures:
        return
    adding = conflict_insert(connection, issue_figures)
    adding = adding.on_conflict_do_update(
        index_elements=list(issue_figures.primary_key),
        set_={"count": issue_figures.c.count + adding.excluded["count"]},
    )
    rows = [
        {"issue_id": issue_id, "records": records, "name": name, "cause": cause, "count": count}
        for (name, cause), count in figures.items()
    ]
    connection.execute(adding, rows)


def of_issue(connection: sa.Connection, issue_id: int, records: Records) -> dict[str, int]:
    """How many are gone, by name."""
    query = (
        sa.select(issue_figures.c.name, sa.func.sum(issue_figures.c.count).label("n"))
        .where(issue_figures.c.issue_id == issue_id, issue_figures.c.records == records)
        .group_by(issue_figures.c.name)
    )
    return {row.name: int(row.n) for row in connection.execute(query)}


def by_cause(connection: sa.Connection, issue_id: int) -> dict[tuple[str, str], int]:
    """How many deliveries are gone, by state and cause, of those that have one."""
    query = sa.select(issue_figures).where(
        issue_figures.c.issue_id == issue_id,
        issue_figures.c.records == Records.DELIVERIES,
        issue_figures.c.cause != "",
    )
    rows = connection.execute(query).mappings()
    return {(row["name"], row["cause"]): row["count"] for row in rows}
