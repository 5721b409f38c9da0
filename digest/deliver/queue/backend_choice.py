"""Which of several backends takes the next message: each its part by weight (stride scheduling).

A backend has had as many turns as it has taken messages, divided by its weight. It must wait
while it is ahead, by more than a little, of another that could take one. So the slowest for its
weight sets the pace; but nobody waits for one that stands aside, or has taken nothing for a while.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Messages that a backend may be ahead of its part.
SLACK = 16
# Seconds without a message after which nobody waits for a backend.
PATIENCE = 1.0


def is_its_turn(turns: float, weight: int, others: Iterable[float]) -> bool:
    """Whether a backend may take a message, given the turns of those that could take one, too."""
    return all((turns - other) * weight <= SLACK - 1 for other in others)


@dataclass(slots=True)
class _Part:
    weight: int
    turns: float = 0.0
    last: float | None = None  # when it last took one; None: it stands aside


class BackendChoice:
    """Who has had what, in one run; `now` is in seconds, of a clock that only goes forward."""

    def __init__(self, weights: Mapping[str, int], now: float) -> None:
        self._parts = {name: _Part(weight, last=now) for name, weight in weights.items()}
        self._reached = 0.0  # the turns up to which messages were dealt

    def may_take(self, name: str, now: float) -> bool:
        """Whether this backend, which could, may take the next message."""
        part = self._parts[name]
        if not _counts(part, now):
            # Whoever was away has no claim to what went by: it would keep all others waiting.
            part.turns = max(part.turns, self._reached)
            part.last = now
        others = (p.turns for p in self._parts.values() if p is not part and _counts(p, now))
        return is_its_turn(part.turns, part.weight, others)

    def took(self, name: str, now: float) -> None:
        """This backend took a message."""
        part = self._parts[name]
        self._reached = max(self._reached, part.turns)
        part.turns += 1 / part.weight
        part.last = now

    def stand_aside(self, name: str) -> None:
        """This backend cannot take any now: nobody waits for it until it asks again."""
        self._parts[name].last = None


def _counts(part: _Part, now: float) -> bool:
    return part.last is not None and now - part.last < PATIENCE
