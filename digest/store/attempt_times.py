"""What is open of the deliveries, by when it is to be attempted.

A claim changes no column that is asked for here, and so none that is in an index: PostgreSQL need
not write into any then (HOT).
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.store.schema import deliveries

# What waits, is in hand, or is in doubt and not given up.
IS_OPEN = deliveries.c.finished_at.is_(None)
NEVER_PUT_OFF = IS_OPEN & deliveries.c.next_attempt_at.is_(None)
PUT_OFF = IS_OPEN & deliveries.c.next_attempt_at.is_not(None)
# Both, to be asked for one by one: there is an index for each, and none for the two together.
OPEN_PARTS = (NEVER_PUT_OFF, PUT_OFF)
# The subscriber's hour, or where it was put off, the time to try again.
ATTEMPT_AT = sa.func.coalesce(deliveries.c.next_attempt_at, deliveries.c.due_at)


def open_until(
    moment: datetime | sa.BindParameter[datetime],
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """The two parts of what is open and to be attempted by then."""
    return (
        NEVER_PUT_OFF & (deliveries.c.due_at <= moment),
        PUT_OFF & (deliveries.c.next_attempt_at <= moment),
    )


def in_states(states: Sequence[DeliveryState]) -> sa.ColumnElement[bool]:
    """Those in one of these states, which are written into the statement."""
    return deliveries.c.state.in_([sa.literal_column(f"'{state}'") for state in states])
