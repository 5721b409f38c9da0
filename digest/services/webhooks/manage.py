"""Webhooks as an owner or an operator adds, turns off and repeats them; each act is on record."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from digest.collect.net.fetched import Failed
from digest.collect.net.weburl import WebUrl
from digest.errors import NotFoundError, UsageError
from digest.project import Project
from digest.services.admins import audit
from digest.services.webhooks import signing
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import LIFE
from digest.services.webhooks.remedies import remedy_of
from digest.services.webhooks.secrets import encrypted
from digest.services.webhooks.status import find
from digest.store import webhook_messages, webhooks
from digest.store.webhooks import Webhook

if TYPE_CHECKING:
    from digest.collect.net.post import Poster

# For so long after a new secret the one before signs as well.
OVERLAP = timedelta(hours=24)


def add(
    project: Project,
    poster: "Poster",
    url: str,
    kinds: Collection[str],
    who: str,
    *,
    with_addresses: bool,
) -> tuple[Webhook, str]:
    """Tell an address of events of some kinds, or without any of all; with its secret.

    One to which `poster` would put nothing, or that is unknown to DNS, is a usage error.
    """
    unknown = sorted(set(kinds) - set(EventKind))
    if unknown:
        raise UsageError(
            f"there is no event {', '.join(unknown)}", remedy=f"there are: {', '.join(EventKind)}"
        )
    address = asyncio.run(_admitted(poster, url))
    if isinstance(address, Failed):
        raise UsageError(address.reason, remedy=remedy_of(address.kind))
    secret, now = signing.new_secret(), project.clock()
    with project.database.write() as connection:
        webhook = webhooks.add(
            connection,
            str(address),
            sorted(set(kinds)),
            encrypted(project, secret),
            who,
            now,
            with_addresses=with_addresses,
        )
        _record(connection, now, who, "add webhook", webhook)
    return webhook, secret


def remove(project: Project, number: int, who: str) -> None:
    """Tell an address nothing more, and forget what it was told."""
    with project.database.write() as connection:
        webhook = find(connection, number)
        webhooks.remove(connection, number)
        _record(connection, project.clock(), who, "remove webhook", webhook)


def disable(project: Project, number: int, who: str) -> None:
    """Let it be told nothing until it is enabled; what happens meanwhile is not told to it."""
    now = project.clock()
    with project.database.write() as connection:
        webhook = find(connection, number)
        webhooks.disable(connection, number, f"by {who}", now)
        _record(connection, now, who, "disable webhook", webhook)


def enable(project: Project, number: int, who: str) -> None:
    """Let it be told again; what waits for it is sent at once."""
    now = project.clock()
    with project.database.write() as connection:
        webhook = find(connection, number)
        webhooks.enable(connection, number)
        webhook_messages.release(connection, number, now, but=())
        _record(connection, now, who, "enable webhook", webhook)


def rotate(project: Project, number: int, who: str) -> tuple[datetime, str]:
    """A new secret, and until when the one before signs as well."""
    secret, now = signing.new_secret(), project.clock()
    with project.database.write() as connection:
        webhook = find(connection, number)
        webhooks.change_secret(connection, webhook, encrypted(project, secret), now + OVERLAP)
        _record(connection, now, who, "rotate secret", webhook)
    return now + OVERLAP, secret


def replay(
    project: Project,
    number: int,
    who: str,
    *,
    event_id: str | None = None,
    since: datetime | None = None,
) -> int:
    """Send again what was given up; or one event, or all since a time, taken or not. How many."""
    now = project.clock()
    with project.database.write() as connection:
        webhook = find(connection, number)
        count = webhook_messages.replay(
            connection, number, now, now + LIFE, event_id=event_id, since=since
        )
        if event_id is not None and not count:
            raise NotFoundError(
                f"webhook {number} was told of no event {event_id}",
                remedy="`digest webhooks show` has the last ones",
            )
        _record(connection, now, who, "replay webhook", webhook)
    return count


async def _admitted(poster: "Poster", url: str) -> WebUrl | Failed:
    async with poster:
        return await poster.admit(url)


def _record(
    connection: sa.Connection, now: datetime, who: str, action: str, webhook: Webhook
) -> None:
    """With the host alone: a path may be a secret."""
    host = urlsplit(webhook.url).netloc
    audit.record(connection, now, who, action, f"webhook {webhook.id}", after=host)
