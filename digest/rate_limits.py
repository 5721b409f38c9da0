"""How much a backend may be given in how long: the values and the rules; pure.

Below the stages, since two of them need it: the store counts by it for all processes at once,
delivery asks by it. `now` is real time here, also in a rehearsal: a server's patience is real.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

# Into how many slices each span (seconds) is cut. After a burst the next one is a span and a
# slice later: 20 slices cost at most 5 % of the rate, and are counted within 21 rows.
_SLICES = {1: 20, 60: 60, 3600: 60, 86_400: 96}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a backend takes, from all processes together; but for `connections`, 0 is no limit.

    `connections` are those of one machine, `connections_total` those of all.
    `per_domain` is how many recipients of one domain may be under way at a time.
    """

    connections: int = 4
    connections_total: int = 0
    messages_per_connection: int = 0
    per_second: int = 0
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    per_domain: int = 0

    @property
    def rates(self) -> dict[int, int]:
        """The most messages in each limited span; spans in seconds."""
        per_span = {
            1: self.per_second,
            60: self.per_minute,
            3600: self.per_hour,
            86_400: self.per_day,
        }
        return {span: most for span, most in per_span.items() if most}

    def scaled(self, share: float) -> "RateLimits":
        """These limits with connections and rates cut to a share; what is limited keeps 1."""
        return replace(
            self,
            connections=max(1, int(self.connections * share)),
            connections_total=_cut(self.connections_total, share),
            per_second=_cut(self.per_second, share),
            per_minute=_cut(self.per_minute, share),
            per_hour=_cut(self.per_hour, share),
            per_day=_cut(self.per_day, share),
        )


def _cut(most: int, share: float) -> int:
    return max(1, int(most * share)) if most else 0


# What was used: for each span, the messages of each slice.
Used = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Leave for `count` messages from `at` until before `until`; later it is void.

    That keeps each message in the slices in which it was counted. `next_at` is when to ask for
    more: `at` itself where more was to be had.
    """

    count: int
    at: datetime
    until: datetime
    next_at: datetime


def allowed(limits: RateLimits, used: Used, now: datetime, want: int) -> Reservation:
    """How many of `want` messages may go out now: in no window of any span more than its limit.

    The oldest slice counts whole although a part of it has left the window.
    """
    rates = limits.rates
    seen = {span: _within(used.get(span, {}), span, now) for span in rates}
    room = min((most - sum(seen[span].values()) for span, most in rates.items()), default=want)
    count = max(0, min(want, room))
    until, next_at = _FOREVER, now
    for span, most in rates.items():
        current = slice_of(span, now)
        until = min(until, _instant(span, current + 1))
        counted = {**seen[span], current: seen[span].get(current, 0) + count}
        next_at = max(next_at, _room_at(counted, span, most, now))
    return Reservation(count, now, until, next_at)


def slice_of(span: int, instant: datetime) -> int:
    """The number of the slice of a span in which an instant lies."""
    return ((instant - _EPOCH) // _TICK) // _width(span)


def window(span: int, now: datetime) -> range:
    """The slices that count at `now`, oldest first.

    Those ahead of us are of a machine whose clock is fast; what is ahead by more than a span is
    of a clock that was wrong.
    """
    current = slice_of(span, now)
    return range(current - _SLICES[span], current + _SLICES[span] + 1)


def _within(slices: Mapping[int, int], span: int, now: datetime) -> dict[int, int]:
    counted = window(span, now)
    return {number: used for number, used in slices.items() if number in counted}


def _room_at(slices: Mapping[int, int], span: int, most: int, now: datetime) -> datetime:
    """When so many slices have left the window that one message more is within the limit."""
    excess = sum(slices.values()) + 1 - most
    if excess <= 0:
        return now
    for number in sorted(slices):
        excess -= slices[number]
        if excess <= 0:
            return _instant(span, number + 1) + timedelta(seconds=span)
    raise AssertionError("a limit is at least 1")


def _width(span: int) -> int:
    """Microseconds in a slice."""
    return span * 1_000_000 // _SLICES[span]


def _instant(span: int, number: int) -> datetime:
    """When a slice begins."""
    return _EPOCH + number * _width(span) * _TICK


def fair_shares(limit: int, wanted: Mapping[str, int], turn: int) -> dict[str, int]:
    """What each may have of `limit` slots: dealt one by one to all who want more still.

    Where there are fewer slots than takers, those who go without change with `turn`.
    """
    shares = dict.fromkeys(wanted, 0)
    takers = sorted(name for name, want in wanted.items() if want > 0)
    if limit < len(takers):
        first = turn % len(takers)
        takers = takers[first:] + takers[:first]
    while limit > 0 and takers:
        for name in takers[:limit]:
            shares[name] += 1
        limit -= len(takers)
        takers = [name for name in takers if shares[name] < wanted[name]]
    return shares
