"""A notice is queued with what caused it, and where there are workers with the job to send it."""

from collections.abc import Mapping

import sqlalchemy as sa

from digest.jobs.job import send_notice_to
from digest.model import NoticeKind
from digest.project import Project
from digest.store import notices


def queue_notice(
    connection: sa.Connection,
    project: Project,
    kind: NoticeKind,
    newsletter: str,
    email: str,
    *,
    language: str | None,
    details: Mapping[str, object],
    name: str = "",
) -> int:
    """A notice that goes out once this transaction is committed; its number.

    `details` are what its template needs, as JSON holds it, without links. Without `name` the
    subscriber is not called by theirs: whoever gets it may be a stranger.
    """
    now = project.clock()
    number = notices.queue(connection, kind, newsletter, email, name, language, details, now)
    workers = project.config.settings.workers.per_issue
    project.jobs.defer(connection, [send_notice_to(email, workers)])
    return number
