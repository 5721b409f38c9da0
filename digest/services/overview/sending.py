"""What is being sent: how far it has come, without a look at each delivery's reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.model import DeliveryState, IssueState
from digest.project import Project
from digest.services.delivery.report import Progress, progress_of
from digest.services.delivery.state_counts import StateCounts
from digest.store import deliveries, issues
from digest.store.issues import IssueRecord


@dataclass(frozen=True, slots=True)
class IssueOnItsWay(StateCounts):
    """An issue of which something is left to be sent, now or at its subscribers' hours.

    `progress` is None while nobody is at it; `later_on` wait for their hour until `last_due_at`.
    """

    record: IssueRecord
    counts: Mapping[str, int]
    progress: Progress | None
    later_on: int
    last_due_at: datetime | None

    @property
    def failed(self) -> int:
        """For how many nobody tries any more."""
        return self.counts.get(DeliveryState.FAILED, 0)

    @property
    def is_paused(self) -> bool:
        """Whether somebody paused it."""
        return self.record.state is IssueState.PAUSED


def read_sending(project: Project) -> list[IssueOnItsWay]:
    """The issues that are sealed and not finished, oldest first."""
    now, resend = project.clock(), project.config.settings.delivery.resends
    under_way = []
    with project.database.read() as connection:
        for record in issues.unfinished(connection, paused=True):
            later_on, last_due_at = deliveries.later_on(connection, record.id, now)
            under_way.append(
                IssueOnItsWay(
                    record,
                    deliveries.counts(connection, record.id),
                    progress_of(connection, record, now, resend_in_doubt=resend),
                    later_on,
                    last_due_at,
                )
            )
    return under_way
