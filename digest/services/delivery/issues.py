"""The last stretch of the path: a sealed issue, sent until nothing is left to attempt now.

One run of the engine an issue, and what follows from it: the issue's end, or another run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.compose.hours import TOLD_WITHIN
from digest.deliver.queue.backend_health import BackendHealth
from digest.log import get_logger
from digest.model import DeliveryState, Newsletter, Stop, StopKind
from digest.project import Project
from digest.services.delivery import schedule
from digest.services.delivery.dead_workers import reap_dead_workers
from digest.services.delivery.pause_and_stop import sweep_stopped
from digest.services.delivery.report import DeliverResult, GivenUp, RefusedIssue, stranded
from digest.services.issues.build import IssueBuilder
from digest.store import bounces, deliveries, issues
from digest.store.database import exclusively
from digest.store.issues import IssueRecord, Neighbour
from digest.text import mask_addresses

if TYPE_CHECKING:
    from digest.deliver.backend import Backend
    from digest.deliver.bounces.rules import BounceRules
    from digest.deliver.dkim import Signer
    from digest.deliver.queue.engine import RunResult
    from digest.services.delivery.sending_watch import SendingWatch
    from digest.services.issues.messages import IssueContent, IssueMessages

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """What the settings say of sending; made when needed, since a key or a server may be amiss."""

    backends: Callable[[], "Sequence[Backend]"]
    signer: Callable[[Newsletter], "Signer | None"]
    rules: Callable[[], "BounceRules"]


class IssueSender:
    """Sends sealed issues of one project. The hooks are for whoever watches or stops a run."""

    def __init__(
        self, project: Project, builder: IssueBuilder, delivery_options: DeliveryOptions
    ) -> None:
        self.should_stop: Callable[[], bool] = lambda: False
        self.stopped_by: Callable[[], str] = lambda: ""
        self.on_delivery: Callable[[DeliveryState], None] = lambda _state: None
        self.on_begin: Callable[[str, int], None] = lambda _issue, _waiting: None
        settings = project.config.settings
        self._newsletters = {newsletter.id: newsletter for newsletter in settings.newsletters}
        self._settings = settings.delivery
        self._project = project
        self._database = project.database
        self._builder = builder
        self._delivery_options = delivery_options
        self._resends = settings.delivery.resends
        self._clock = project.clock

    def reap_dead_workers(self) -> None:
        """What dead processes had in hand is in doubt from now on, unless its issue was stopped."""
        reap_dead_workers(self._database, self._clock)
        sweep_stopped(self._project)

    def give_up_untold(self) -> list[GivenUp]:
        """What was never attempted, and waited too long for a next issue to tell it."""
        now, after = self._clock(), f"{TOLD_WITHIN.days} days"
        with self._database.read() as connection:
            last_issues = [
                schedule.out_of_time(connection, newsletter, now)
                for newsletter in self._newsletters.values()
            ]
        return [
            _given_up(last.newsletter, last.date, subscribers, after)
            for last in last_issues
            if last is not None and (subscribers := self._give_up_untold(last, now))
        ]

    def _give_up_untold(self, last: Neighbour, now: datetime) -> int:
        over = now - timedelta(hours=self._settings.life)
        with self._database.write() as connection:
            return deliveries.give_up_untold(connection, last.id, over, now)

    def deliver(self, record: IssueRecord, health: BackendHealth) -> DeliverResult:
        """Send what is due of a sealed issue; `health` is what is known of the backends so far."""
        newsletter = self._newsletters.get(record.newsletter)
        if newsletter is None:
            return self._strand(record)
        given_up = self._settle(record, newsletter)
        sent = DeliverResult()
        if self.is_due(record):
            sent = self._send(record, self._room(record, newsletter), health)
            self._note_stop(record, sent.stopped)
            sweep_stopped(self._project)
        self._note_refusals(record)
        self._tell_of_failure(record)
        self._finish(record)
        return replace(sent, given_up=given_up)

    def _strand(self, record: IssueRecord) -> DeliverResult:
        """Nobody sends an issue whose newsletter is gone: what waits is given up in time."""
        now, life = self._clock(), self._settings.life
        with self._database.write() as connection:
            exclusively(connection)
            subscribers = deliveries.expire(connection, record.id, now, life)
            waits = stranded(connection, record, timedelta(hours=life))
            reason = f"config/digest.toml has no newsletter {record.newsletter!r}"
            issues.note_stop(connection, record.id, reason)
        self._finish(record)
        return DeliverResult(given_up=self._gave_up(record, subscribers), stranded=waits)

    def _settle(self, record: IssueRecord, newsletter: Newsletter) -> GivenUp | None:
        """What is too late is told with the next issue, or given up."""
        now = self._clock()
        with self._database.read() as connection:
            if not schedule.needs_settling(connection, record, self._settings, now):
                return None
        with self._database.write() as connection:
            exclusively(connection)  # another process may be laying out the next issue
            subscribers = schedule.settle(connection, record, newsletter, self._settings, now)
        return self._gave_up(record, subscribers)

    def _gave_up(self, record: IssueRecord, subscribers: int) -> GivenUp | None:
        if not subscribers:
            return None
        return _given_up(
            record.newsletter, record.date, subscribers, f"{self._settings.life:g} hours"
        )

    def _note_stop(self, record: IssueRecord, stopped: Stop | None) -> None:
        """For `digest status` and `digest explain`, in another shell."""
        calm = (StopKind.ASKED, StopKind.PAUSED)
        is_fault = stopped is not None and stopped.kind not in calm
        # A reply may hold an address, which may be erased.
        reason = mask_addresses(stopped.reason) if stopped is not None and is_fault else ""
        if reason != record.reason:
            with self._database.write() as connection:
                issues.note_stop(connection, record.id, reason)

    def _room(self, record: IssueRecord, newsletter: Newsletter) -> "IssueMessages":
        assert record.issue is not None  # it is sealed
        assert record.rendered is not None
        room = self._builder.messages_of(record.issue, record.rendered, newsletter)
        room.catch_up = partial(self._catch_up, record, newsletter)
        return room

    def is_due(self, record: IssueRecord) -> bool:
        """Whether there is something to send now: most minutes of a day there is not."""
        with self._database.read() as connection:
            return deliveries.is_due(
                connection, record.id, self._clock(), resend_in_doubt=self._resends
            )

    def _catch_up(self, record: IssueRecord, newsletter: Newsletter, since: date) -> "IssueContent":
        with self._database.read() as connection:
            return self._builder.catch_up(connection, record, newsletter, since)

    def _send(
        self, record: IssueRecord, room: "IssueMessages", health: BackendHealth
    ) -> DeliverResult:
        from digest.deliver.queue.engine import Engine
        from digest.services.delivery.ledger import StoreLedger
        from digest.services.delivery.sending_watch import SendingWatch
        from digest.services.delivery.shared_limits import StoreLimits
        from digest.services.delivery.worker_run import WorkerRun
        from digest.services.installation.claim_counter import CountedLedger

        with self._database.read() as connection:
            accepted = deliveries.sent(connection, record.id)
        watch = SendingWatch(self._database, record.id)
        run = WorkerRun(self._database, self._clock, record.id, self._settings.silence)
        ledger = StoreLedger(run, record.id, self._clock, self._settings.batch, self._resends)
        counted = CountedLedger(ledger, self._project, {record.newsletter: record.date})
        engine = Engine(
            self._delivery_options.backends(),
            self._clock,
            should_stop=lambda: watch.is_off or self.should_stop(),
            progress=self.on_delivery,
            shared_limits=StoreLimits(run),
            grace=self._settings.grace,
            health=health,
            accepted=accepted,
        )
        self.on_begin(record.key, self._waiting(record))
        try:
            with watch, run:
                tally = engine.deliver(counted, room.address)
        finally:
            counted.count()
        stopped = self._named(tally.stopped, watch)
        left = self._waiting(record) if stopped else 0
        return DeliverResult(stopped, left, refused=None if accepted else _refused(record, tally))

    def _note_refusals(self, record: IssueRecord) -> None:
        """What servers refused for good counts like what bounces, where the address is meant."""
        with self._database.read() as connection:
            refusals = bounces.refusals(connection, record.id)
            if all(refusal.is_noted for refusal in refusals):
                return
            accepted = deliveries.sent(connection, record.id)
        from digest.deliver.queue.refusal_breaker import of_addresses
        from digest.services.bounces.suppress import note_failures

        meant = of_addresses([refusal.reply for refusal in refusals], accepted)
        new = [refusal for refusal, is_meant in zip(refusals, meant, strict=True) if is_meant]
        new = [refusal for refusal in new if not refusal.is_noted]
        with self._database.write() as connection:
            note_failures(connection, new, self._clock(), self._delivery_options.rules())

    def _tell_of_failure(self, record: IssueRecord) -> None:
        """Where webhooks want to hear of it, that too many of its mails failed."""
        from digest.services.webhooks.issue_events import is_failure_to_be_told, tell_of_failure

        share = self._project.config.settings.webhooks.failed_share
        with self._database.read() as connection:
            if not is_failure_to_be_told(connection, record, share):
                return
        with self._database.write() as connection:
            tell_of_failure(connection, record, self._clock())

    def _named(self, stopped: Stop | None, watch: "SendingWatch") -> Stop | None:
        """With the name of the signal, where one asked for it, or that somebody paused it."""
        by = self.stopped_by()
        if stopped is not None and stopped.kind is StopKind.ASKED and watch.is_off and not by:
            return Stop(StopKind.PAUSED, "somebody paused or stopped the issue")
        if stopped is None or stopped.kind is not StopKind.ASKED or not by:
            return stopped
        return Stop(StopKind.ASKED, f"{stopped.reason} by {by}")

    def _waiting(self, record: IssueRecord) -> int:
        with self._database.read() as connection:
            return deliveries.waiting(
                connection, record.id, self._clock(), resend_in_doubt=self._resends
            )

    def _finish(self, record: IssueRecord) -> None:
        """End an issue of which nothing is left to be sent."""
        from digest.services.webhooks.issue_events import tell_of_end

        with self._database.read() as connection:
            if deliveries.is_open(connection, record.id, resend_in_doubt=self._resends):
                return
        with self._database.write() as connection:
            exclusively(connection)  # another process may be reopening it
            if not deliveries.is_open(connection, record.id, resend_in_doubt=self._resends):
                issues.finish(connection, record.id, self._clock())
                tell_of_end(connection, record, self._clock())
                log.info("finished", issue=record.key, newsletter=record.newsletter)


def _refused(record: IssueRecord, tally: "RunResult") -> RefusedIssue | None:
    """What is told of a run in which nothing was sent and something failed."""
    failed = tally.results[DeliveryState.FAILED]
    if not failed or tally.results[DeliveryState.SENT]:
        return None
    reply = mask_addresses(tally.refusal)
    return RefusedIssue(record.key, record.newsletter, record.date, failed, reply)


def _given_up(newsletter: str, day: date, subscribers: int, after: str) -> GivenUp:
    given_up = GivenUp(f"{newsletter}-{day.isoformat()}", newsletter, day, subscribers, after)
    log.info("given up", issue=given_up.issue, subscribers=subscribers, after=after)
    return given_up
