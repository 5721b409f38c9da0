"""What the keywords of sources blocked, and telling it after all."""

from collections.abc import Sequence

from digest.errors import UsageError
from digest.project import Project
from digest.services.admins import audit
from digest.services.keywords.trial import SPAN
from digest.store import reports
from digest.store.reports import BlockedReport


def blocked_lately(project: Project, source: str | None = None) -> list[BlockedReport]:
    """What was blocked in the last days, the newest first; of one source, or of all."""
    with project.database.read() as connection:
        return reports.blocked(connection, project.clock() - SPAN, source)


def tell_after_all(project: Project, numbers: Sequence[int], who: str) -> None:
    """What was blocked is put into stories by the next round; UsageError where it was not."""
    with project.database.write() as connection:
        told = reports.unblock(connection, numbers)
        if missing := sorted(set(numbers) - set(told)):
            raise UsageError(
                f"report {missing[0]} is not blocked",
                remedy="`digest keywords blocked` lists those that are",
            )
        for number in told:
            audit.record(connection, project.clock(), who, "tell after all", f"report {number}")
