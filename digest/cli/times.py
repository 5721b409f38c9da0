"""How commands tell a person a time: `21 Nov 06:00 UTC`, everywhere the same."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from digest.project import Project

# Tells a time on one clock.
Tell = Callable[[datetime], str]


def local_time(at: datetime, zone: tzinfo, now: datetime) -> str:
    """`21 Nov 06:00 UTC` on a zone's clock; with its year, where that is not the present one."""
    local = at.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M %Z}"


def project_clock(project: "Project") -> Tell:
    """Tells times on the clock of the project."""
    zone, now = ZoneInfo(project.config.settings.timezone), project.clock()
    return lambda at: local_time(at, zone, now)


def newsletter_clock(project: "Project", newsletter: str) -> Tell:
    """Tells times on a newsletter's clock; on that of UTC where there is no such newsletter."""
    settings = project.config.newsletter(newsletter)
    zone, now = settings.zone if settings is not None else UTC, project.clock()
    return lambda at: local_time(at, zone, now)
