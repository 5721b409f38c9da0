"""Sends the notices that wait, by the same engine and through the same backends as issues.

Who asks on a page should not wait for a mail server, so the page only queues; the notice thread, a
thread beside the web server, is woken and sends at once. `digest run` and the scheduler send
too, so what a dead thread left behind is not forgotten.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from digest.deliver.queue.backend_health import BackendHealth
from digest.errors import DigestError
from digest.log import get_logger
from digest.model import Envelope, NoticeClaim, Stop
from digest.project import Project
from digest.services.delivery.dead_workers import reap_dead_workers
from digest.services.delivery.issues import DeliveryOptions
from digest.services.installation.guard import hold_at_a_wrong_clock, refuse_a_copy
from digest.store import notices

if TYPE_CHECKING:
    from digest.deliver.dkim import Signer
    from digest.render.notice import NoticeRenderer

log = get_logger(__name__)

# Seconds after which the thread looks by itself: for what was deferred, or queued elsewhere.
_ROUND = 60.0
# What servers accepted within this time tells that a refusal may be one address's.
_LATELY = timedelta(days=1)


class NoticeSender:
    """Sends the notices of one project. The hooks are for whoever stops it or is to be woken."""

    def __init__(
        self,
        project: Project,
        make_renderer: "Callable[[], NoticeRenderer]",
        delivery_options: DeliveryOptions,
    ) -> None:
        self.should_stop: Callable[[], bool] = lambda: False
        self.wake: Callable[[], None] = lambda: None
        settings = project.config.settings
        self._newsletters = {newsletter.id: newsletter for newsletter in settings.newsletters}
        self._settings = settings.delivery
        self._project = project
        self._database = project.database
        self._make_renderer = make_renderer
        self._delivery_options = delivery_options
        self._resends = settings.delivery.resends
        self._clock = project.clock

    @cached_property
    def renderer(self) -> "NoticeRenderer":
        """What makes the messages."""
        return self._make_renderer()

    def send_waiting(self, health: BackendHealth | None = None) -> Stop | None:
        """Send what is due now; why it stopped before its time, if it did.

        Where nothing waits, that is a look into an index. `health` is what the round that
        this is a part of knows of the backends.
        """
        if not self.has_work():
            return None
        refuse_a_copy(self._project)
        hold_at_a_wrong_clock(self._project)
        reap_dead_workers(self._database, self._clock)
        with self._database.write() as connection:
            notices.expire(connection, self._clock())
        return self._send(health or BackendHealth())

    def has_work(self) -> bool:
        """Whether there is anything to send, or in the hands of somebody who may be dead."""
        with self._database.read() as connection:
            return notices.is_work(connection, self._clock(), resend_in_doubt=self._resends)

    def _send(self, health: BackendHealth) -> Stop | None:
        from digest.deliver.queue.engine import Engine
        from digest.services.delivery.notice_ledger import NoticeLedger
        from digest.services.delivery.shared_limits import StoreLimits
        from digest.services.delivery.worker_run import WorkerRun
        from digest.services.installation.claim_counter import CountedLedger

        with self._database.read() as connection:
            accepted = notices.sent_since(connection, self._clock() - _LATELY)
        run = WorkerRun(self._database, self._clock, silence=self._settings.silence)
        ledger = NoticeLedger(run, self._clock, self._settings.batch, self._resends)
        counted = CountedLedger(ledger, self._project)
        engine = Engine(
            self._delivery_options.backends(),
            self._clock,
            should_stop=self.should_stop,
            shared_limits=StoreLimits(run),
            grace=self._settings.grace,
            health=health,
            accepted=accepted,
        )
        signers: dict[str, Signer | None] = {}
        try:
            with run:
                return engine.deliver(counted, lambda claim: self._envelope(claim, signers)).stopped
        finally:
            counted.count()

    def _envelope(self, claim: NoticeClaim, signers: dict[str, "Signer | None"]) -> Envelope | None:
        """The message for a claim, signed where there is a key."""
        from digest.services.issues.messages import signed

        newsletter = self._newsletters.get(claim.notice.newsletter)
        if newsletter is None:
            return None
        now = self._clock()
        envelope = self.renderer.envelope(claim.notice, newsletter, now)
        if newsletter.id not in signers:
            signers[newsletter.id] = self._delivery_options.signer(newsletter)
        return signed(envelope, signers[newsletter.id], now)


@contextmanager
def notice_thread(sender: NoticeSender, *, every: float = _ROUND) -> Iterator[None]:
    """Sends in a thread what is queued, when `sender.wake` is called and every so many seconds."""
    signal, over = threading.Event(), threading.Event()

    def rounds() -> None:
        while not over.is_set():
            _one_round(sender)
            signal.wait(every)
            signal.clear()

    thread = threading.Thread(target=rounds, name="notices")
    before = sender.wake, sender.should_stop
    sender.wake = signal.set
    sender.should_stop = lambda: over.is_set() or before[1]()
    thread.start()
    try:
        yield
    finally:
        over.set()
        signal.set()
        thread.join()
        sender.wake, sender.should_stop = before


def _one_round(sender: NoticeSender) -> None:
    """Whatever goes wrong, the next round is another try."""
    try:
        stopped = sender.send_waiting()
    except DigestError as error:
        log.error("notices failed", reason=error.message, remedy=error.remedy)  # noqa: TRY400 - expected
    except Exception:
        log.exception("notices failed")
    else:
        if stopped is not None:
            log.warning("notices stopped", reason=stopped.reason)
