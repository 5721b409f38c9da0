"""When to try again; pure."""

from datetime import datetime, timedelta

_FIRST = timedelta(minutes=5)
_LONGEST = timedelta(hours=2)


def next_attempt(now: datetime, attempt: int, jitter: float) -> datetime:
    """The time of the next attempt after the `attempt`-th (from 1) was put off.

    Five minutes, doubled each time up to two hours. `jitter` from 0 to 1 adds up to a fifth,
    so that what was deferred together does not come back together.
    """
    doublings: int = 2 ** min(attempt - 1, 10)
    wait = min(_FIRST * doublings, _LONGEST)
    return now + wait * (1 + 0.2 * jitter)


def reconnect_after(failures: int, jitter: float) -> float:
    """Seconds to wait before another connection after `failures` in a row brought nothing."""
    return min(0.5 * 2**failures, 30.0) * (0.5 + jitter) if failures else 0.0
