"""Sends the events that wait: to each webhook from one process at a time, a few at once.

It runs beside what mails, or after it, and never within: a receiver that hangs costs nobody a mail.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.fernet import InvalidToken

from digest.collect.net.answers import retry_at
from digest.collect.net.fetched import Failed
from digest.log import get_logger
from digest.project import Project
from digest.services.admins import audit
from digest.services.installation.guard import hold_at_a_wrong_clock, refuse_a_copy
from digest.services.webhooks import retry, signing
from digest.services.webhooks.events import TEST
from digest.services.webhooks.queue import new_event_id
from digest.services.webhooks.retry import WebhookAnswer
from digest.services.webhooks.secrets import decrypted
from digest.services.webhooks.status import find
from digest.store import subscribers, webhook_messages, webhooks
from digest.store.webhook_messages import MessageState, WebhookMessage
from digest.store.webhooks import Webhook
from digest.text import clean_line, mask_addresses, shorten

if TYPE_CHECKING:
    from digest.collect.net.post import Poster

log = get_logger(__name__)

# Of a process that died; longer than an attempt may take.
_CLAIM = timedelta(minutes=2)
_AT_A_LOOK = 500
# So much is kept of what a server answers.
_REPLY = 300


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one webhook is sent at once; `emails` are those of subscribers that it is told of."""

    webhook: Webhook
    messages: Sequence[WebhookMessage]
    emails: dict[int, str]


class WebhookSender:
    """Sends the events of one project. The hook is for whoever stops it."""

    def __init__(self, project: Project, make_poster: "Callable[[], Poster]") -> None:
        self.should_stop: Callable[[], bool] = lambda: False
        self._project = project
        self._make_poster = make_poster

    def send_waiting(self, seconds: float) -> None:
        """Send what is due now, for so many seconds at most."""
        project, now = self._project, self._project.clock()
        refuse_a_copy(project)
        hold_at_a_wrong_clock(project)
        with project.database.write() as connection:
            webhook_messages.expire(connection, now)
            numbers = webhook_messages.webhooks_with_work(connection, now)
        asyncio.run(self._send_all(numbers, time.monotonic() + seconds))

    def send_test(self, number: int, who: str) -> WebhookAnswer:
        """Send an event that nothing happened for, now and once; what came of it is kept."""
        project, now = self._project, self._project.clock()
        refuse_a_copy(project)
        with project.database.read() as connection:
            webhook = find(connection, number)
        message = WebhookMessage(
            id=0,
            webhook_id=number,
            event_id=new_event_id(),
            kind=TEST,
            subject=f"webhook {number}",
            subscriber_id=None,
            data={"webhook": number, "sent_by": who},
            created_at=now,
            state=MessageState.GIVEN_UP,
            attempts=1,
            next_attempt_at=now,
            finished_at=now,
            code=None,
            reply="",
        )
        attempt = asyncio.run(self._attempt_once(_Batch(webhook, [message], {})))
        state = MessageState.DELIVERED if attempt.is_taken else MessageState.GIVEN_UP
        finished = replace(message, state=state, code=attempt.code, reply=attempt.reply)
        with project.database.write() as connection:
            webhook_messages.add_finished(connection, finished)
            audit.record(connection, now, who, "test webhook", message.subject)
        return attempt

    async def _attempt_once(self, batch: _Batch) -> WebhookAnswer:
        async with self._make_poster() as poster:
            return await self._attempt(poster, batch, batch.messages[0])

    async def _send_all(self, numbers: Sequence[int], until: float) -> None:
        async with self._make_poster() as poster:
            await asyncio.gather(*(self._send_to(poster, number, until) for number in numbers))

    async def _send_to(self, poster: "Poster", number: int, until: float) -> None:
        """Send to a webhook until nothing is due, it fails, or the time is over."""
        claim = uuid.uuid4().hex
        try:
            while due := await asyncio.to_thread(self._due, number):
                while due:
                    if self.should_stop() or time.monotonic() >= until:
                        return
                    batch = await asyncio.to_thread(self._take, number, claim, due)
                    if batch is None:
                        return
                    attempts = await asyncio.gather(
                        *(self._attempt(poster, batch, message) for message in batch.messages)
                    )
                    await asyncio.to_thread(self._record, batch, attempts)
        finally:
            await asyncio.to_thread(self._let_go, number, claim)

    def _due(self, number: int) -> list[int]:
        """What is to be sent to a webhook now; to look for it takes the longer the more waits."""
        with self._project.database.read() as connection:
            return webhook_messages.due(connection, number, self._project.clock(), _AT_A_LOOK)

    def _take(self, number: int, claim: str, due: list[int]) -> _Batch | None:
        """Take the next few of what is due; None where the webhook is to be sent nothing more."""
        now = self._project.clock()
        with self._project.database.write() as connection:
            webhook = webhooks.claim(connection, number, claim, now + _CLAIM, now)
            if webhook is None:
                return None
            few = retry.batch_size(webhook)
            messages = webhook_messages.waiting(connection, due[:few])
            del due[:few]
            told_of = [message.subscriber_id for message in messages if message.subscriber_id]
            emails = subscribers.emails_of(connection, told_of if webhook.with_addresses else ())
        return _Batch(webhook, messages, emails)

    async def _attempt(
        self, poster: "Poster", batch: _Batch, message: WebhookMessage
    ) -> WebhookAnswer:
        webhook, now = batch.webhook, self._project.clock()
        try:
            keys = decrypted(self._project, webhook, now)
        except InvalidToken:
            reply = "its secret cannot be read with this secret key: rotate it"
            return WebhookAnswer(message.id, False, None, reply)
        body = payload(message, batch.emails)
        sent = {
            "Content-Type": "application/json",
            **signing.headers(keys, message.event_id, now, body),
        }
        answer = await poster.post(webhook.url, sent, body)
        if isinstance(answer, Failed):
            reply = shorten(answer.reason, _REPLY)
            return WebhookAnswer(message.id, False, None, reply, failure=answer.kind)
        # A server may say again what it was sent.
        words = mask_addresses(clean_line(answer.body.decode("utf-8", "replace")))
        return WebhookAnswer(
            message.id,
            200 <= answer.status < 300,
            answer.status,
            shorten(words, _REPLY),
            retry_at(answer.headers, now),
        )

    def _record(self, batch: _Batch, attempts: Sequence[WebhookAnswer]) -> None:
        if not attempts:  # what was due is erased by now
            return
        now = self._project.clock()
        health = retry.health_after(batch.webhook, attempts, now)
        with self._project.database.write() as connection:
            for message, attempt in zip(batch.messages, attempts, strict=True):
                state = MessageState.DELIVERED if attempt.is_taken else MessageState.WAITING
                again = retry.next_attempt_at(message.attempts + 1, now)
                answered = replace(message, code=attempt.code, reply=attempt.reply)
                webhook_messages.record(connection, answered, state, now, again)
            if health == batch.webhook:
                return
            webhooks.note_health(connection, health)
            if not health.failures:
                tried = [attempt.message_id for attempt in attempts]
                webhook_messages.release(connection, health.id, now, but=tried)
        _log_health(batch.webhook, health, attempts[-1])

    def _let_go(self, number: int, claim: str) -> None:
        with self._project.database.write() as connection:
            webhooks.let_go(connection, number, claim)


def payload(message: WebhookMessage, emails: dict[int, str]) -> bytes:
    """What is sent; with the subscriber's address where it is among these."""
    data: dict[str, Any] = dict(message.data)
    if message.subscriber_id in emails:
        data["email"] = emails[message.subscriber_id]
    document = {"type": message.kind, "timestamp": _written(message.created_at), "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _log_health(before: Webhook, after: Webhook, last: WebhookAnswer) -> None:
    if after.disabled_at is not None:
        log.error("webhook disabled", webhook=after.id, reason=after.disabled_reason)
    elif not before.failures:
        log.warning("webhook fails", webhook=after.id, code=last.code, reason=last.reply)
    elif not after.failures:
        log.info("webhook is back", webhook=after.id)
