"""What was kept for long enough goes: about once an hour, whatever the number of rounds."""

from collections.abc import Callable
from datetime import timedelta

from digest.project import Project
from digest.store import last_success
from digest.store.last_success import Milestone

# To look for what is too old takes a dozen statements, and reads a line of each issue.
EVERY = timedelta(hours=1)


def keep_up(project: Project, should_stop: Callable[[], bool]) -> None:
    """Forget what has had its time, and what `[keep]` says, where nobody did lately."""
    with project.database.read() as connection:
        last = last_success.reached(connection).get(Milestone.OLD_RECORDS)
    # A time to come is that of a clock that was wrong.
    if last is not None and timedelta(0) <= project.clock() - last < EVERY:
        return
    from digest.services.old_records import delete_old_records
    from digest.services.retention import tidy

    tidy(project)
    delete_old_records(project, should_stop)
