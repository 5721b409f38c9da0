"""How commands tell a person a time: `21 Nov 06:00 UTC`, everywhere the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.clock import local_time

if TYPE_CHECKING:
    from digest.project import Project

# Tells a time on one clock.
Tell = Callable[[datetime], str]


def project_clock(project: "Project") -> Tell:
    """Tells times on the clock of the project."""
    zone, now = ZoneInfo(project.config.settings.timezone), project.clock()
    return lambda at: local_time(at, zone, now)


def newsletter_clock(project: "Project", newsletter: str) -> Tell:
    """Tells times on a newsletter's clock; on that of UTC where there is no such newsletter."""
    settings = project.config.newsletter(newsletter)
    zone, now = settings.zone if settings is not None else UTC, project.clock()
    return lambda at: local_time(at, zone, now)
