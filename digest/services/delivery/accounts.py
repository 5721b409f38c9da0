"""The accounts of an issue: whether everybody is accounted for (promise 11).

    subscribers now + left since = deliveries + came since + forgotten
    deliveries = waiting + in hand + sent + failed + in doubt + excluded, each with its reason

where nobody is forgotten, and nothing is where no run would find it. Of an issue whose deliveries
were deleted (digest.services.old_records) the second line alone can be drawn, from the counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from digest.model import DeliveryState, IssueState
from digest.store import accounts, deliveries, delivery_counts, issues
from digest.store.database import Database
from digest.store.deliveries import WAITING
from digest.store.issues import IssueRecord
from digest.text import plural

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

    `causes` counts them by state and cause, such as `suppressed` and `bounced`, where there is one.
    `came_since` and `forgotten` have no delivery: the second were subscribed before it was sealed.
    `lost_in_hand` are in the hands of no worker, `untold` are not told by the issue that was to.
    `left_open` wait for an issue that is finished, so that nobody sends it. Where it is
    `miscounted`, the counts that are kept of its deliveries are not theirs.
    """

    issue: str
    subscribers: int
    left_since: int
    came_since: int
    forgotten: int
    deliveries: dict[str, int]
    causes: dict[tuple[str, str], int]
    lost_in_hand: int
    left_open: int
    untold: int
    miscounted: bool

    def faults(self) -> Iterator[str]:
        """What does not balance, in words with its number; nothing where all does."""
        if self.forgotten:
            yield f"{self.issue}: subscribers without a delivery: {self.forgotten:,}"
        unknown = sorted(set(self.deliveries) - {str(state) for state in DeliveryState})
        if unknown:
            yield f"{self.issue}: deliveries in no known state: {', '.join(unknown)}"
        if self.lost_in_hand:
            yield f"{self.issue}: in hand, but of no worker: {self.lost_in_hand:,}"
        if self.left_open:
            yield f"{self.issue}: finished, but still waiting: {self.left_open:,}"
        if self.miscounted:
            yield f"{self.issue}: the counts that are kept of its deliveries are not theirs"
        if self.untold:
            yield f"{self.issue}: to be told by the next issue, but not: {self.untold:,}"

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
        terms = " + ".join(
            f"{count:,} {name}{self._why(name)}" for name, count in parts.items() if count
        )
        return f"{plural(sum(counts.values()), 'delivery')} = {terms or 'none'}"

    def _why(self, state: str) -> str:
        """The causes of an exclusion, in brackets."""
        whys = [f"{n:,} {cause}" for (of, cause), n in self.causes.items() if of == state]
        return f" ({', '.join(whys)})" if state in EXCLUDED and whys else ""


def recount(database: Database, record: IssueRecord) -> bool:
    """Count the deliveries of an issue anew, where what is kept is wrong; whether it was."""
    with database.write() as connection:
        if not delivery_counts.differing(connection, record.id):
            return False
        delivery_counts.recount(connection, record.id)
    return True


def draw_accounts(connection: sa.Connection, record: IssueRecord) -> Accounts:
    """The accounts of a sealed issue, in one transaction; reads each of its deliveries."""
    assert record.sealed_at is not None
    issue = record.neighbour
    forgotten = came = left = 0
    later = None
    if record.deliveries_ended_at is None:
        sealed_before = record.sealed_at - _AT_THE_SEAL
        forgotten, came = accounts.without_delivery(connection, issue, sealed_before)
        left = accounts.left_since(connection, issue)
        later = issues.after(connection, record.newsletter, record.date, record.sealed_at)
    by_state = deliveries.counts(connection, record.id)
    open_states = (*WAITING, DeliveryState.SENDING)
    is_finished = record.state is IssueState.SENT
    return Accounts(
        issue=record.key,
        subscribers=accounts.subscribed(connection, record.newsletter),
        left_since=left,
        came_since=came,
        forgotten=forgotten,
        deliveries=by_state,
        causes=accounts.causes(connection, record.id),
        lost_in_hand=accounts.in_nobodys_hands(connection, record.id),
        left_open=sum(by_state.get(state, 0) for state in open_states) if is_finished else 0,
        untold=accounts.untold(connection, issue, later) if later else 0,
        miscounted=delivery_counts.differing(connection, record.id),
    )
