"""How hard a backend is driven: down at once when it says "slow down", up again step by step; pure.

What is cut is a share of its limits (`Limits.scaled`), so connections and rates go together.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# What many connections are told within this time is one and the same complaint.
_ONE_BURST = timedelta(seconds=10)
# So long without a complaint, and a step up is tried.
_CALM = timedelta(seconds=30)
_STEP = 1 / 8
_LEAST = 1 / 64


@dataclass(frozen=True, slots=True)
class AdaptiveRate:
    """The share of a backend's limits that is used now.

    `cut_at` is when it was last halved; `moved_at` when it was last raised, or complained of.
    """

    share: float = 1.0
    cut_at: datetime | None = None
    moved_at: datetime | None = None


def after(rate: AdaptiveRate, code: int | None, reply: str, now: datetime) -> AdaptiveRate:
    """The rate after a reply; one that neither complains nor accepts changes nothing."""
    if code is None:
        return rate
    if 200 <= code < 300:
        return rate if rate.share >= 1 else _raised(rate, now)
    return _cut(rate, now) if is_throttling(code, reply) else rate


def _raised(rate: AdaptiveRate, now: datetime) -> AdaptiveRate:
    if rate.moved_at is not None and now - rate.moved_at < _CALM:
        return rate
    return replace(rate, share=min(1.0, rate.share + _STEP), moved_at=now)


def _cut(rate: AdaptiveRate, now: datetime) -> AdaptiveRate:
    if rate.cut_at is not None and now - rate.cut_at < _ONE_BURST:
        return replace(rate, moved_at=now)
    return AdaptiveRate(max(_LEAST, rate.share / 2), now, now)


# At the beginning, after what an outcome's reply has before it: "connect: 421 4.7.0 ...".
_ENHANCED = re.compile(r"(?:[a-z-]+: )?(?:\d{3}[ -])?4\.(\d{1,3})\.(\d{1,3})\b")
_GREYLIST = re.compile(r"gr[ae]y[\s-]?list", re.IGNORECASE)
_TOO_MUCH = re.compile(
    r"too (many|much|fast|quickly|frequent)|\brate\b|\brate[\s-]?limit|throttl|slow down|unusual"
    r"|(limit|quota) (has been |was |is )?(exceeded|reached)|exceeded\b.{0,40}\blimit"
    r"|insufficient system resources",
    re.IGNORECASE,
)
# Said of load, but also of greylisting and of a mailbox.
_LATER = re.compile(r"try again later|temporarily deferred|server (is )?(too )?busy", re.IGNORECASE)
# What an enhanced status is about (RFC 3463, section 3).
_SYSTEM, _NETWORK, _POLICY = 3, 4, 7
# A mailbox that takes nothing now, or is full: the next one may be another matter.
_OF_THE_MAILBOX = ((2, 1), (2, 2))
_IDLE = (_NETWORK, 2)


def is_throttling(code: int, reply: str) -> bool:
    """Whether a reply says that we send too fast, rather than something of this one message.

    Every 421 does, but for a connection that was idle; so does a 4yz of policy (4.7.x, RFC 3463),
    but for 4.7.1, which is the code of greylisting, too. Else it is the words that tell.
    """
    if not 400 <= code < 500 or _GREYLIST.search(reply):
        return False
    status = _ENHANCED.match(reply)
    kind = (int(status[1]), int(status[2])) if status else None
    if code == 421:
        return kind != _IDLE
    if kind in _OF_THE_MAILBOX:
        return False
    if _TOO_MUCH.search(reply):
        return True
    if code not in (450, 451, 452):
        return False
    of_policy = kind is not None and kind[0] == _POLICY and kind != (_POLICY, 1)
    of_the_server = kind is None or kind[0] in (_SYSTEM, _NETWORK)
    return of_policy or (of_the_server and _LATER.search(reply) is not None)
