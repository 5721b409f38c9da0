"""What an import brings of one address: the value between what is read and what is written."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model import Subscription, SuppressionReason


class ImportedStatus(StrEnum):
    """How an address stood where it comes from; the later in this list, the weightier."""

    ACTIVE = "active"
    UNCONFIRMED = "unconfirmed"
    DISABLED = "disabled"
    UNSUBSCRIBED = SuppressionReason.UNSUBSCRIBED.value
    BOUNCED = SuppressionReason.BOUNCED.value
    COMPLAINED = SuppressionReason.COMPLAINED.value


# Whose addresses get nothing more here either; the value is the reason of the suppression.
GONE = (ImportedStatus.UNSUBSCRIBED, ImportedStatus.BOUNCED, ImportedStatus.COMPLAINED)

# The fields of a subscription that a subscriber chooses.
CHOICES = frozenset(
    {
        "topics",
        "timezone",
        "hour",
        "paused_until",
        "layout",
        "days",
        "keywords",
        "at_least",
        "longest_wait",
        "alerts",
    }
)

_ORDER = tuple(ImportedStatus)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One address, and what is known of it.

    `given` names the choices that are meant; the others leave a subscription that is there already
    as it is. `consent_at` is when the subscriber agreed, where that is known. `remark` is what of
    the line was left out.
    """

    subscription: Subscription
    given: frozenset[str] = frozenset()
    status: ImportedStatus = ImportedStatus.ACTIVE
    consent_at: datetime | None = None
    remark: str = ""


def weightier(status: ImportedStatus, other: ImportedStatus) -> ImportedStatus:
    """Which of the two counts: whoever left or bounced by either is gone."""
    return max(status, other, key=_ORDER.index)
