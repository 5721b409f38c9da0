"""How the sending of an issue goes, for people who watch it: counts, rate, and what fails where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.model import IssueState, Newsletter, Story
from digest.project import Project
from digest.services.delivery.missed import MissedGroup, find_sealed, missed_groups
from digest.services.delivery.report import Progress, progress_of
from digest.services.delivery.state_counts import StateCounts
from digest.store import deliveries, delivery_list, delivery_outcomes, issues, workers
from digest.text import digest_of

# Domains that a table names.
DOMAINS = 15
# To look reads each delivery: so many a second that it takes a fortieth of a processor.
_READ_A_SECOND = 50_000


@dataclass(frozen=True, slots=True)
class SendView(StateCounts):
    """An issue under way or done: how many deliveries are in which state.

    `progress` is None while nobody sends. `later_on` wait for their hour, the last of them until
    `last_due_at`; `next_at` is when the next attempt is due, of whatever is left. `servers` counts
    by the server that was asked. `stamp` is what `send_stamp` said then.
    """

    newsletter: Newsletter
    date: date
    subject: str
    state: IssueState
    reason: str
    sealed_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    progress: Progress | None
    workers: int
    later_on: int
    last_due_at: datetime | None
    next_at: datetime | None
    servers: Mapping[str, Mapping[str, int]]
    groups: list[MissedGroup]
    stories: tuple[Story, ...]
    stamp: str

    @property
    def key(self) -> str:
        """Its name."""
        return f"{self.newsletter.id}-{self.date}"

    @property
    def look_again(self) -> int:
        """Seconds after which a look is worth what it costs beside the sending."""
        return max(2, self.total // _READ_A_SECOND)


def send_view(project: Project, newsletter: Newsletter, day: date) -> SendView:
    """How the sending of the issue of a date goes now."""
    now = project.clock()
    with project.database.read() as connection:
        record = find_sealed(connection, newsletter, day)
        assert record.issue is not None  # it is sealed
        assert record.sealed_at is not None
        resends = project.config.settings.delivery.resends
        later_on, last_due_at = deliveries.later_on(connection, record.id, now)
        return SendView(
            newsletter=newsletter,
            date=day,
            subject=record.issue.subject,
            state=record.state,
            reason=record.reason,
            sealed_at=record.sealed_at,
            finished_at=record.finished_at,
            counts=deliveries.counts(connection, record.id),
            progress=progress_of(connection, record, now, resend_in_doubt=resends),
            workers=len(workers.at_work(connection, record.id)),
            later_on=later_on,
            last_due_at=last_due_at,
            next_at=delivery_outcomes.next_turn(connection, record.id),
            servers=delivery_list.by_server(connection, record.id),
            groups=missed_groups(connection, record.id),
            stories=record.issue.all_stories,
            stamp=_stamp(connection, newsletter, day),
        )


def send_stamp(project: Project, newsletter: Newsletter, day: date) -> str:
    """Another text whenever `send_view` is worth another look; it costs next to nothing."""
    with project.database.read() as connection:
        return _stamp(connection, newsletter, day)


def _stamp(connection: sa.Connection, newsletter: Newsletter, day: date) -> str:
    standing = issues.standing(connection, newsletter.id, day)
    at_work = workers.at_work(connection, standing[0]) if standing else []
    done = sum(progress.done for progress in at_work)
    return digest_of([str(standing), len(at_work), done])[:16]


@dataclass(frozen=True, slots=True)
class SendLine(StateCounts):
    """An issue that is or was sent, as a list names it."""

    newsletter: Newsletter
    date: date
    subject: str
    state: IssueState
    reason: str
    sealed_at: datetime
    counts: Mapping[str, int]
    progress: Progress | None


def latest_sends(project: Project, most: int = 30) -> list[SendLine]:
    """What is under way, and the last sealed issues, the newest first."""
    now, resends = project.clock(), project.config.settings.delivery.resends
    lines = []
    with project.database.read() as connection:
        for record in issues.latest(connection, most):
            newsletter = project.config.newsletter(record.newsletter)
            if newsletter is None or record.issue is None or record.sealed_at is None:
                continue
            lines.append(
                SendLine(
                    newsletter,
                    record.date,
                    record.issue.subject,
                    record.state,
                    record.reason,
                    record.sealed_at,
                    deliveries.counts(connection, record.id),
                    progress_of(connection, record, now, resend_in_doubt=resends),
                )
            )
    return lines


def domains_of(
    project: Project, newsletter: Newsletter, day: date
) -> Mapping[str, Mapping[str, int]]:
    """The largest domains among the subscribers of an issue: how many are in which state."""
    with project.database.read() as connection:
        record = find_sealed(connection, newsletter, day)
        return delivery_list.by_domain(connection, record.id, DOMAINS)
