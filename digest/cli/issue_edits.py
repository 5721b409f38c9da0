"""Commands for what an editor decides of the next issue: its order, its words, a hold."""

from datetime import date as date_type
from typing import Annotated

import typer

from digest.cli.by_option import By, name_of
from digest.cli.context import project_of
from digest.cli.editing import Line, StoryNumber, StoryNumbers, issue_meant, make
from digest.cli.options import NextDate, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.issue_edits import Edit, EditKind
from digest.model import IssueCause, IssueState, Newsletter
from digest.project import Project
from digest.services.issues import edit as editing
from digest.services.issues.describe_edit import PAST
from digest.services.issues.edit_rules import NO_REASON
from digest.store import issues
from digest.store.issues import IssueRecord


def read_reason(text: str) -> str:
    """Reads why an issue is stopped; a date is none: it would stop another issue than is meant."""
    try:
        date_type.fromisoformat(text)
    except ValueError:
        return text
    raise typer.BadParameter(f"{str(text)!r} is a date, not a reason; name it with --date {text}")


Reason = Annotated[str, typer.Argument(metavar="REASON", help="Why.", parser=read_reason)]


def lead(
    story: StoryNumber,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let a story open the issue."""
    make([Edit(EditKind.LEAD, story=story)], newsletter, date, by, folder)


def order(
    stories: StoryNumbers,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Put stories first, in this order; the rest follows as the rules rank it."""
    numbers = tuple(map(str, dict.fromkeys(stories)))
    make([Edit(EditKind.ORDER, numbers)], newsletter, date, by, folder)


def hide(
    stories: StoryNumbers,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Leave stories out of this issue; they stay new for the next."""
    hidden = [Edit(EditKind.HIDE, story=story) for story in dict.fromkeys(stories)]
    make(hidden, newsletter, date, by, folder)


def topic(
    story: StoryNumber,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="A topic's id or title.")],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Tell a story under another topic, in this issue. `digest topics set` does it for good."""
    make([Edit(EditKind.TOPIC, (topic,), story)], newsletter, date, by, folder)


def headline(
    story: StoryNumber,
    text: Line,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Give a story another headline, in this issue."""
    make([Edit(EditKind.HEADLINE, (text,), story)], newsletter, date, by, folder)


def bullets(
    story: StoryNumber,
    lines: Annotated[list[str], typer.Argument(metavar="TEXT...", help="One line a bullet.")],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Give a story other bullets, in this issue."""
    make([Edit(EditKind.BULLETS, tuple(lines), story)], newsletter, date, by, folder)


def subject(
    text: Line,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Write the subject of the mail.

    Who chose topics without the issue's lead gets that of their own lead.
    """
    make([Edit(EditKind.SUBJECT, (text,))], newsletter, date, by, folder)


def preheader(
    text: Line,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Write what mail programs show after the subject."""
    make([Edit(EditKind.PREHEADER, (text,))], newsletter, date, by, folder)


def note(
    lines: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="A paragraph each; addresses are links.")
    ],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Write a note that the mail opens with, to all who get it.

    `See [our page](https://example.org/)` makes a link of words.
    """
    make([Edit(EditKind.NOTE, tuple(lines))], newsletter, date, by, folder)


def hold(
    reason: Reason = NO_REASON,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let the issue wait until it is released, or its day is over."""
    make([Edit(EditKind.HOLD, (reason,))], newsletter, date, by, folder)


def skip(
    reason: Reason = NO_REASON,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let there be no issue on this date; its stories stay new for the next."""
    make([Edit(EditKind.SKIP, (reason,))], newsletter, date, by, folder)


def hour(
    hour: Annotated[
        str, typer.Argument(metavar="HH:MM", help="By the clock of the newsletter's zone.")
    ],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let the issue of one date go out at another hour.

    What goes by its hour moves with it: the draft, the cut-off, the approval. Subscribers who chose
    an hour of their own keep it, but get nothing before the issue goes out.
    """
    make([Edit(EditKind.HOUR, (hour,))], newsletter, date, by, folder)


def release(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let an issue go out after all that was held or skipped."""
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        undone = editing.release(project, chosen, day, name_of(by))
        stopped = () if undone else _stopped(project, chosen, {day, project.today(chosen)})
    key = f"{chosen.id}-{day}"
    if not undone:
        say(f"{key}: nobody holds or skips it.")
    for issue in stopped:
        if issue.cause is IssueCause.EDITOR and issue.date != day:
            say(
                f"{issue.key} is {issue.state}: {issue.reason}. "
                f"`digest issue release --date {issue.date}` lets it go."
            )
        elif issue.state is IssueState.HELD and issue.cause is None:
            say(f"{issue.key} is held, by no editor: {issue.reason}. See `digest check-issue`.")
    stops = ((PAST[record.edit.kind], record.edit.lines[0]) for record in undone)
    for stopped_so, reason in dict.fromkeys(stops):
        say(f"{key}: released; it was {stopped_so}: {reason}.")


def _stopped(project: Project, newsletter: Newsletter, days: set[date_type]) -> list[IssueRecord]:
    """The issues of these days that a run held or skipped."""
    with project.database.read() as connection:
        records = [issues.find(connection, newsletter.id, day) for day in sorted(days)]
    stopped = (IssueState.HELD, IssueState.SKIPPED)
    return [record for record in records if record is not None and record.state in stopped]
