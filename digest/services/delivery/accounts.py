"""The accounts of an issue: whether everybody is accounted for (promise 11).

    subscribers now + left since = deliveries + came since + forgotten
    deliveries = waiting + in hand + sent + failed + in doubt + excluded, each with its reason

where nobody is forgotten, and nothing is where no run would find it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from digest.model import DeliveryState, IssueState
from digest.store import accounts, deliveries, issues
from digest.store.deliveries import WAITING
from digest.store.issues import IssueRecord

# Who subscribed within it before the seal may have come after it: in a transaction that was
# committed later, or by the clock of another machine.
_AT_THE_SEAL = timedelta(hours=1)
# Ends of a delivery that never was attempted, or is not any more; the record says why.
EXCLUDED = (
    DeliveryState.SUPPRESSED,
    DeliveryState.SKIPPED,
    DeliveryState.PAUSED,
    DeliveryState.MERGED,
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the subscribers of a sealed issue are; `deliveries` counts them by their state.

    `came_since` and `forgotten` have no delivery: the second were subscribed before it was sealed.
    `lost_in_hand` are in the hands of no worker, `untold` are not told by the issue that was to.
    `left_open` wait for an issue that is finished, so that nobody sends it.
    """

    issue: str
    subscribers: int
    left_since: int
    came_since: int
    forgotten: int
    deliveries: dict[str, int]
    lost_in_hand: int
    left_open: int
    untold: int

    def faults(self) -> Iterator[str]:
        """What does not balance, as sentences; nothing where all does."""
        if self.forgotten:
            yield f"{self.forgotten:,} subscribers of {self.issue} have no delivery"
        unknown = sorted(set(self.deliveries) - {str(state) for state in DeliveryState})
        if unknown:
            yield f"deliveries of {self.issue} are in no known state: {', '.join(unknown)}"
        if self.lost_in_hand:
            yield f"{self.lost_in_hand:,} deliveries of {self.issue} are in no worker's hands"
        if self.left_open:
            yield f"{self.left_open:,} wait for {self.issue}, which is finished"
        if self.untold:
            yield f"{self.untold:,} were to be told {self.issue} by the next one, and are not"

    @property
    def sentence(self) -> str:
        """The sum, for people."""
        counts = self.deliveries
        parts = {
            "waiting": sum(counts.get(state, 0) for state in WAITING),
            "in hand": counts.get(DeliveryState.SENDING, 0),
            "sent": counts.get(DeliveryState.SENT, 0),
            "failed": counts.get(DeliveryState.FAILED, 0),
            "in doubt": counts.get(DeliveryState.IN_DOUBT, 0),
            **{str(state): counts.get(state, 0) for state in EXCLUDED},
        }
        terms = " + ".join(f"{count:,} {name}" for name, count in parts.items() if count)
        return f"{sum(counts.values()):,} deliveries = {terms or 'none'}"


def draw_accounts(connection: sa.Connection, record: IssueRecord) -> Accounts:
    """The accounts of a sealed issue, in one transaction; reads each of its deliveries."""
    assert record.sealed_at is not None
    issue = record.neighbour
    forgotten, came = accounts.without_delivery(connection, issue, record.sealed_at - _AT_THE_SEAL)
    later = issues.after(connection, record.newsletter, record.date, record.sealed_at)
    by_state = deliveries.counts(connection, record.id)
    open_states = (*WAITING, DeliveryState.SENDING)
    is_finished = record.state is IssueState.SENT
    return Accounts(
        issue=record.key,
        subscribers=accounts.subscribed(connection, record.newsletter),
        left_since=accounts.left_since(connection, issue),
        came_since=came,
        forgotten=forgotten,
        deliveries=by_state,
        lost_in_hand=accounts.in_nobodys_hands(connection, record.id),
        left_open=sum(by_state.get(state, 0) for state in open_states) if is_finished else 0,
        untold=accounts.untold(connection, issue, later) if later else 0,
    )
