"""What can be said of an issue's deliveries once they are counted."""

from collections.abc import Mapping

from digest.model import DeliveryState
from digest.store.deliveries import WAITING


class StateCounts:
    """An issue whose deliveries are counted, by their states."""

    __slots__ = ()

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many deliveries it has."""
        return sum(self.counts.values())

    @property
    def sent(self) -> int:
        """For how many a server took it."""
        return self.counts.get(DeliveryState.SENT, 0)

    @property
    def waiting(self) -> int:
        """How many are to be attempted still, or are in hand."""
        in_hand = self.counts.get(DeliveryState.SENDING, 0)
        return in_hand + sum(self.counts.get(state, 0) for state in WAITING)
