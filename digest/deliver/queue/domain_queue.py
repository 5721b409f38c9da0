"""Messages that wait to be taken, and how many of one domain are under way at a backend.

One queue serves all backends; each has a gate of its own, since each has its own limit.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def domain_of(address: str) -> str:
    """The domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()


class DomainGate:
    """Counts what is under way by domain. `allowance` is the most for each.

    It may change in the middle; what is under way above it is let finish. None is no limit, for
    good: nothing is counted then.
    """

    def __init__(self, allowance: int | None = None) -> None:
        self.allowance = allowance
        self._under_way: dict[str, int] = {}

    def may_take(self, domain: str) -> bool:
        """Whether one more to this domain is within the allowance."""
        return self.allowance is None or self._under_way.get(domain, 0) < self.allowance

    def taken(self, domain: str) -> None:
        """A message to this domain is on its way."""
        if self.allowance is not None:
            self._under_way[domain] = self._under_way.get(domain, 0) + 1

    def done(self, domain: str) -> None:
        """A message to this domain has its outcome, or was put back."""
        if self.allowance is not None:
            left = self._under_way[domain] - 1
            if left:
                self._under_way[domain] = left
            else:
                del self._under_way[domain]

    @property
    def most(self) -> int:
        """The most that is under way to any one domain."""
        return max(self._under_way.values(), default=0)


class DomainQueue(Generic[T]):
    """Waiting items, domain by domain in turn; within a domain the first in is the first out.

    With the domain "" for all, where no backend limits domains, it is a plain queue.
    """

    def __init__(self, domain: Callable[[T], str]) -> None:
        self._domain = domain
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for waiting in self._waiting.values():
            yield from waiting

    def append(self, item: T) -> None:
        """Put an item behind those of its domain."""
        self._waiting.setdefault(self._domain(item), deque()).append(item)
        self._length += 1

    def put_back(self, item: T) -> None:
        """Put an item before all others."""
        domain = self._domain(item)
        self._waiting.setdefault(domain, deque()).appendleft(item)
        self._waiting.move_to_end(domain, last=False)
        self._length += 1

    def take(self, gate: DomainGate) -> T | None:
        """The next item whose domain is free at this gate, counted there; None: all wait.

        Looks past as many domains as are full at the gate, so never past more than it has
        messages under way.
        """
        for domain in self._waiting:
            if gate.may_take(domain):
                break
        else:
            return None
        waiting = self._waiting[domain]
        item = waiting.popleft()
        if waiting:
            self._waiting.move_to_end(domain)
        else:
            del self._waiting[domain]
        self._length -= 1
        gate.taken(domain)
        return item
