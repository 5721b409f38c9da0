"""A link that shows an issue to a colleague without an account."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.model import Newsletter
from digest.project import Project
from digest.services.admins import audit

SHARED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SharedDraft:
    """What its link holds, and until when that counts."""

    token: str
    until: datetime


def share_draft(project: Project, newsletter: Newsletter, day: date, who: str) -> SharedDraft:
    """Make such a link, and put it on record that somebody did."""
    now = project.clock()
    until = now + SHARED_FOR
    with project.database.write() as connection:
        subject = f"issue {newsletter.id}-{day}"
        audit.record(connection, now, who, "share", subject, after=f"until {until:%d %b %H:%M} UTC")
    return SharedDraft(project.links.shared_draft(newsletter.id, day, until), until)
