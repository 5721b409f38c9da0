"""When an event is attempted again, and when a webhook is given up; pure.

Two things can be wrong. The receiver is away: then it is asked less and less, with a few events at
a time, and once it takes one, all that waits follows at once. Or it does not take one event: that
waits alone, longer and longer, with what is to follow on its subject.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.collect.net.fetched import FailureKind
from digest.services.webhooks.queue import LIFE
from digest.store.webhooks import Webhook

_FIRST_WAIT = timedelta(minutes=1)
# The longest waits: for an event, and for a receiver that is away.
_LONGEST_OF_EVENT = timedelta(hours=1)
_LONGEST_OF_WEBHOOK = timedelta(minutes=30)
# So many events at a time: of one that is well, and of one that may be away.
AT_ONCE = 8
_PROBES = 3
_GONE = 410
# At the last attempt of an event that nothing came of from the beginning.
_GIVEN_UP_AFTER = LIFE - _LONGEST_OF_EVENT


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What an attempt came to: the answer, if there was one, and its words or why there is none.

    `failure` is the kind of what came between; without one there was none, or nothing was sent.
    """

    message_id: int
    is_taken: bool
    code: int | None
    reply: str
    retry_at: datetime | None = None
    failure: FailureKind | None = None


def batch_size(webhook: Webhook) -> int:
    """How many events a webhook is sent at once."""
    return _PROBES if webhook.failures else AT_ONCE


def next_attempt_at(attempts: int, now: datetime) -> datetime:
    """When an event is attempted again after so many attempts."""
    return now + _wait(attempts, _LONGEST_OF_EVENT)


def health_after(webhook: Webhook, attempts: Sequence[WebhookAnswer], now: datetime) -> Webhook:
    """How a webhook fares after some attempts at once."""
    if any(attempt.is_taken for attempt in attempts):
        return replace(webhook, failures=0, failing_since=None, next_attempt_at=None)
    last, since = attempts[-1], webhook.failing_since or now
    again = now + _wait(webhook.failures + 1, _LONGEST_OF_WEBHOOK)
    asked_for = [attempt.retry_at for attempt in attempts if attempt.retry_at is not None]
    failing = replace(
        webhook,
        failures=webhook.failures + 1,
        failing_since=since,
        next_attempt_at=max([again, *asked_for]),
    )
    if any(attempt.code == _GONE for attempt in attempts):
        return replace(failing, disabled_at=now, disabled_reason="its server says: gone (410)")
    if now - since >= _GIVEN_UP_AFTER:
        reason = f"it took nothing for {LIFE.days} days: {last.reply}"
        return replace(failing, disabled_at=now, disabled_reason=reason)
    return failing


def _wait(failures: int, longest: timedelta) -> timedelta:
    doublings: int = 2 ** min(failures - 1, 10)
    return min(_FIRST_WAIT * doublings, longest)
