"""How webhooks fare: for commands, pages, and whoever is told what is wrong."""

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from digest.errors import NotFoundError
from digest.project import Project
from digest.store import webhook_messages, webhooks
from digest.store.webhook_messages import MessageState, WebhookMessage
from digest.store.webhooks import Webhook

SHOWN = 50


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """A webhook, and how many events wait, were delivered or given up of late."""

    webhook: Webhook
    counts: Counter[str]

    @property
    def state(self) -> str:
        """`disabled`, `failing` or `ok`."""
        if self.webhook.disabled_at is not None:
            return "disabled"
        return "failing" if self.webhook.failures else "ok"

    @property
    def sentence(self) -> str:
        """What is wrong with it, where something is."""
        webhook, waits = self.webhook, f"{self.waiting:,} wait for it"
        if webhook.disabled_at is not None:
            return f"it is disabled: {webhook.disabled_reason}; {waits}"
        return f"it takes nothing since {webhook.failing_since:%Y-%m-%d %H:%M} UTC; {waits}"

    @property
    def remedy(self) -> str:
        """What helps."""
        number, test = self.webhook.id, f"`digest webhooks test {self.webhook.id}` says why"
        return (
            f"{test}; then `digest webhooks enable {number}`" if self.webhook.disabled_at else test
        )

    @property
    def waiting(self) -> int:
        """How many events wait for it."""
        return self.counts[MessageState.WAITING]


def statuses(connection: sa.Connection) -> list[WebhookStatus]:
    """All of them, the oldest first."""
    counts = webhook_messages.counts(connection)
    return [
        WebhookStatus(webhook, counts.get(webhook.id, Counter()))
        for webhook in webhooks.everything(connection)
    ]


def in_trouble(connection: sa.Connection) -> list[WebhookStatus]:
    """Those that fail, or were given up for it: somebody should have a look."""
    return [status for status in statuses(connection) if status.webhook.is_in_trouble]


def find(connection: sa.Connection, number: int) -> Webhook:
    """The webhook of a number, which must be there."""
    webhook = webhooks.find(connection, number)
    if webhook is None:
        raise NotFoundError(
            f"there is no webhook {number}", remedy="`digest webhooks list` has their numbers"
        )
    return webhook


def latest(project: Project, number: int) -> tuple[WebhookStatus, list[WebhookMessage]]:
    """A webhook and its last events, the newest first."""
    with project.database.read() as connection:
        webhook = find(connection, number)
        counts = webhook_messages.counts(connection).get(number, Counter())
        messages = webhook_messages.latest(connection, number, SHOWN)
    return WebhookStatus(webhook, counts), messages


def answer_words(code: int | None, reply: str) -> str:
    """What a server answered, in a line: `503 overloaded`."""
    return " ".join(filter(None, (str(code or ""), reply)))
