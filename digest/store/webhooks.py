"""Where events are told: the address, what it is told of, and how it fares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from digest.store.schema import webhooks


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address. Without `kinds` it is told everything; its secrets are encrypted.

    `failures` counts the rounds in a row in which it took nothing.
    """

    id: int
    url: str
    kinds: tuple[str, ...]
    with_addresses: bool
    secret: str
    old_secret: str
    old_secret_until: datetime | None
    created_at: datetime
    created_by: str
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str

    @property
    def is_in_trouble(self) -> bool:
        """Whether somebody should have a look: it was given up, or fails."""
        return self.failing_since is not None


def add(
    connection: sa.Connection,
    url: str,
    kinds: Sequence[str],
    secret: str,
    who: str,
    now: datetime,
    *,
    with_addresses: bool,
) -> Webhook:
    """Tell an address from now on."""
    row = {
        "url": url,
        "kinds": list(kinds),
        "with_addresses": with_addresses,
        "secret": secret,
        "created_at": now,
        "created_by": who,
    }
    inserted = sa.insert(webhooks).values(row).returning(webhooks)
    return _webhook_of(connection.execute(inserted).one())


def everything(connection: sa.Connection) -> list[Webhook]:
    """All of them, the oldest first."""
    return [_webhook_of(row) for row in connection.execute(sa.select(webhooks).order_by("id"))]


def find(connection: sa.Connection, number: int) -> Webhook | None:
    """The webhook of a number."""
    row = connection.execute(sa.select(webhooks).where(webhooks.c.id == number)).first()
    return _webhook_of(row) if row else None


def that_want(connection: sa.Connection, kind: str) -> list[int]:
    """The numbers of those that are told of events of a kind now."""
    query = sa.select(webhooks.c.id, webhooks.c.kinds).where(webhooks.c.disabled_at.is_(None))
    return [row.id for row in connection.execute(query) if not row.kinds or kind in row.kinds]


def remove(connection: sa.Connection, number: int) -> None:
    """Forget a webhook, and what was or would have been told to it."""
    connection.execute(sa.delete(webhooks).where(webhooks.c.id == number))


def remove_all(connection: sa.Connection) -> None:
    """Forget all of them: nobody outside is told what happens here."""
    connection.execute(sa.delete(webhooks))


def disable(connection: sa.Connection, number: int, reason: str, now: datetime) -> None:
    """Tell it nothing more, until it is enabled."""
    connection.execute(_one(number).values(disabled_at=now, disabled_reason=reason))


def enable(connection: sa.Connection, number: int) -> None:
    """Tell it again, at once, as if it had never failed."""
    connection.execute(
        _one(number).values(
            disabled_at=None,
            disabled_reason="",
            failures=0,
            failing_since=None,
            next_attempt_at=None,
        )
    )


def change_secret(
    connection: sa.Connection, webhook: Webhook, secret: str, old_secret_until: datetime
) -> None:
    """Sign with another secret, and until a time with the one before as well."""
    connection.execute(
        _one(webhook.id).values(
            secret=secret, old_secret=webhook.secret, old_secret_until=old_secret_until
        )
    )


def claim(
    connection: sa.Connection, number: int, who: str, until: datetime, now: datetime
) -> Webhook | None:
    """Be the one who sends to a webhook until a time; None where it is not to be sent to now."""
    claimed = (
        _one(number)
        .where(is_open(now), _is_free(now) | (webhooks.c.claimed_by == who))
        .values(claimed_by=who, claimed_until=until)
        .returning(webhooks)
    )
    row = connection.execute(claimed).first()
    return _webhook_of(row) if row else None


def let_go(connection: sa.Connection, number: int, who: str) -> None:
    """Let others send to it."""
    mine = _one(number).where(webhooks.c.claimed_by == who)
    connection.execute(mine.values(claimed_by=None, claimed_until=None))


def note_health(connection: sa.Connection, webhook: Webhook) -> None:
    """Write how it fares: failures, when it is asked again, and whether it was given up."""
    connection.execute(
        _one(webhook.id).values(
            failures=webhook.failures,
            failing_since=webhook.failing_since,
            next_attempt_at=webhook.next_attempt_at,
            disabled_at=webhook.disabled_at,
            disabled_reason=webhook.disabled_reason,
        )
    )


def is_open(now: datetime) -> sa.ColumnElement[bool]:
    """Enabled, and not waited with because it failed."""
    is_its_time = webhooks.c.next_attempt_at.is_(None) | (webhooks.c.next_attempt_at <= now)
    return webhooks.c.disabled_at.is_(None) & is_its_time


def is_to_be_sent_to(now: datetime) -> sa.ColumnElement[bool]:
    """Open, and in nobody's hands."""
    return is_open(now) & _is_free(now)


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return webhooks.c.claimed_until.is_(None) | (webhooks.c.claimed_until <= now)


def _one(number: int) -> sa.Update:
    return sa.update(webhooks).where(webhooks.c.id == number)


def _webhook_of(row: Any) -> Webhook:
    return Webhook(
        row.id,
        row.url,
        tuple(row.kinds),
        row.with_addresses,
        row.secret,
        row.old_secret,
        row.old_secret_until,
        row.created_at,
        row.created_by,
        row.failures,
        row.failing_since,
        row.next_attempt_at,
        row.disabled_at,
        row.disabled_reason,
    )
