"""When something last came to its good end, for whoever watches: by name, the last time alone."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from digest.store.schema import milestones


class Milestone(StrEnum):
    """What is noted."""

    GOOD_ROUND = "good round"
    BACKUP = "backup"
    OLD_RECORDS = "old records"


def reach(connection: sa.Connection, milestone: Milestone, now: datetime) -> None:
    """It came to its good end now."""
    noted = sa.update(milestones).where(milestones.c.name == milestone).values(reached_at=now)
    if not connection.execute(noted).rowcount:
        connection.execute(sa.insert(milestones).values(name=milestone, reached_at=now))


def reached(connection: sa.Connection) -> dict[Milestone, datetime]:
    """When each was reached last; those that never were are not there."""
    return {
        Milestone(row.name): row.reached_at for row in connection.execute(sa.select(milestones))
    }
