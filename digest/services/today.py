"""What the first page of the editors tells: each newsletter's next issue."""

from dataclasses import dataclass
from datetime import datetime

from digest.compose.due import next_issue_time
from digest.model import Newsletter
from digest.project import Project


@dataclass(frozen=True, slots=True)
class NewsletterOverview:
    """A newsletter, and when its next issue is made."""

    newsletter: Newsletter
    next_at: datetime | None


def read_overview(project: Project) -> list[NewsletterOverview]:
    """Of each newsletter."""
    now = project.clock()
    return [
        NewsletterOverview(newsletter, next_issue_time(newsletter, now))
        for newsletter in project.config.settings.newsletters
    ]
