"""When to try again; pure."""

import re
from datetime import datetime, timedelta

_FIRST = timedelta(minutes=5)
_LONGEST = timedelta(hours=2)
# A server's wish beyond this is not meant for mail of the day.
_LONGEST_WISH = timedelta(days=1)

# "try again in 300 seconds", "Greylisted for 5 minutes", "come back in 00:09:00". A number that is
# not next to such words is a limit or a count, and no wish.
_WISH = re.compile(
    r"""\b(?: again | retry | come\ back | resend | wait | delayed | gr[ea]y-?list\w{0,4} )\b
        [^.;:\d]{0,30}?
        \b (?: (?P<clock> \d\d:\d\d:\d\d ) | (?P<number> \d{1,6} ) \s* (?P<unit> [smh] ) (?: ec | in
        | r | our | econd | inute )? s? \b )""",
    re.IGNORECASE | re.VERBOSE,
)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}


def next_attempt(now: datetime, attempt: int, jitter: float, reply: str = "") -> datetime:
    """The time of the next attempt after the `attempt`-th (from 1) was put off by `reply`.

    Five minutes, doubled each time up to two hours, and never before the server's own wish.
    `jitter` from 0 to 1 adds up to a fifth, so that what was deferred together does not come
    back together.
    """
    doublings: int = 2 ** min(attempt - 1, 10)
    wait = min(_FIRST * doublings, _LONGEST)
    wish = wished_wait(reply)
    if wish is not None:
        wait = max(wait, wish)
    return now + wait * (1 + 0.2 * jitter)


def wished_wait(text: str) -> timedelta | None:
    """How long a reply asks us to wait, as greylisting servers do in words; a day at most."""
    match = _WISH.search(text)
    if match is None:
        return None
    if match["clock"]:
        hours, minutes, seconds = map(int, match["clock"].split(":"))
        wish = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    else:
        wish = int(match["number"]) * _UNITS[match["unit"].lower()]
    return min(wish, _LONGEST_WISH)


def reconnect_after(failures: int, jitter: float) -> float:
    """Seconds to wait before another connection after `failures` in a row brought nothing."""
    return min(0.5 * 2**failures, 30.0) * (0.5 + jitter) if failures else 0.0
