"""What an import brings of one address: the value between what is read and what is written."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model import Subscription


class Standing(StrEnum):
    """How an address stood where it comes from; the later in this list, the weightier."""

    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"
    DISABLED = "disabled"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


# Whose addresses get nothing more here either; the value is the reason of the suppression.
GONE = (Standing.UNSUBSCRIBED, Standing.BOUNCED, Standing.COMPLAINED)

# The fields of a subscription that a reader chooses.
CHOICES = frozenset({"topics", "timezone", "hour", "paused_until"})

_ORDER = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One address, and what is known of it.

    `given` names the choices that are meant; the others leave a subscription that is there already
    as it is. `consent_at` is when the person agreed, where that is known.
    """

    subscription: Subscription
    given: frozenset[str] = frozenset()
    standing: Standing = Standing.ACTIVE
    consent_at: datetime | None = None


def weightier(one: Standing, other: Standing) -> Standing:
    """Which of the two counts: whoever left or bounced by either is gone."""
    return max(one, other, key=_ORDER.index)
