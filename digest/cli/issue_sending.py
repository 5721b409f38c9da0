"""Commands that pause the sending of an issue, let it go on, or stop it for good."""

from datetime import date as date_type
from typing import Annotated, Any

import typer

from digest.cli.by_option import By, name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.local_times import newsletter_clock
from digest.cli.options import OneNewsletterId, ProjectFolder, date_option
from digest.cli.run_report import say_issue
from digest.errors import UsageError
from digest.model import Newsletter
from digest.project import Project
from digest.services.delivery import pause_and_stop
from digest.services.issues.edit_rules import clean

SendingDate = Annotated[date_type | None, date_option("the issue under way")]


def pause(
    newsletter: OneNewsletterId = None,
    date: SendingDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let what is left of an issue wait: every process that sends it ends within seconds."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        report = pause_and_stop.pause(project, chosen, _day(project, chosen, date), name_of(by))
        say_issue(report, newsletter_clock(project, chosen.id))


def resume(
    newsletter: OneNewsletterId = None,
    date: SendingDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let the sending of a paused issue go on with the next run."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        report = pause_and_stop.resume(project, chosen, _day(project, chosen, date), name_of(by))
        say_issue(report, newsletter_clock(project, chosen.id))


def stop(
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why.")],
    newsletter: OneNewsletterId = None,
    date: SendingDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Send nothing more of an issue, for good: whoever has not got it never does."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = _day(project, chosen, date)
        report = pause_and_stop.stop(project, chosen, day, name_of(by), clean(reason))
        say_issue(report, newsletter_clock(project, chosen.id))


def _day(project: Project, newsletter: Newsletter, date: Any) -> date_type:
    day: date_type | None = date or pause_and_stop.under_way(project, newsletter)
    if day is None:
        raise UsageError(
            f"no issue of {newsletter.id} is being sent", remedy="name its date with --date"
        )
    return day
