"""Commands for what an editor decides of the next issue: order, words, a hold; and undoing it."""

from collections.abc import Sequence
from datetime import date as date_type
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.addresses import read_address
from digest.app import make_backends, make_rehearsal
from digest.cli.context import one_newsletter, project_of
from digest.cli.json_output import say_json
from digest.cli.options import Email, Json, NextDate, OneNewsletterId, ProjectFolder, number
from digest.cli.output import plural, say
from digest.cli.tables import say_table
from digest.cli.times import Tell, project_clock
from digest.cli.who import By, name_of
from digest.deliver.single import send_single
from digest.edits import Edit, EditKind
from digest.errors import DigestError, UsageError
from digest.model import IssueCause, IssueState, Newsletter, Story, Verdict
from digest.project import Project
from digest.services.installation.guard import refuse_a_copy
from digest.services.issues import edit as editing
from digest.services.issues.edit import EditedIssue
from digest.store import issues
from digest.store.edits import EditRecord
from digest.store.issues import IssueRecord

StoryNumber = Annotated[
    int, typer.Argument(metavar="STORY", parser=number(1), help="The story's number.")
]
StoryNumbers = Annotated[
    list[int], typer.Argument(metavar="STORY...", parser=number(1), help="Their numbers.")
]
Line = Annotated[str, typer.Argument(metavar="TEXT", help="One line.")]


def show(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Show the next issue as it would be sealed now, and what was decided of it.

    Stories that lie in seeds/ and were not collected yet are not among these: `digest collect`.
    """
    with project_of(folder) as project:
        current = _current(project, newsletter, date)
        tell = project_clock(project)
    if as_json:
        say_json(_issue_json(current))
        return
    key = f"{current.newsletter.id}-{current.date}"
    issue = current.issue
    if issue is None:
        say(f"{key}: nothing is new for it yet.")
    else:
        say(f"{key}: {plural(len(issue.stories), 'story')}, {len(issue.more)} more by headline.")
        say(f"Subject: {issue.subject}")
        say(f"Preheader: {issue.preheader}")
        edited = current.in_force.retold | set(current.in_force.first)
        say_table(
            ["Story", "Topic", "Sources", "Headline", ""],
            [_row(story, "edited" if story.id in edited else "") for story in issue.stories]
            + [_row(story, "More Stories") for story in issue.more],
        )
    _say_edits(current.records, tell)
    for record in filter(current.is_idle, current.records):
        say(f"Edit {record.id} changes nothing now: story {record.edit.story} is not in the issue.")


def _row(story: Story, note: str) -> tuple[object, ...]:
    return story.id, story.topic, story.source_count, story.headline, note


def lead(
    story: StoryNumber,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let a story open the issue."""
    _make([Edit(EditKind.LEAD, story=story)], newsletter, date, by, folder)


def order(
    stories: StoryNumbers,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Put stories first, in this order; the rest follows as the rules rank it."""
    _make([Edit(EditKind.ORDER, tuple(map(str, stories)))], newsletter, date, by, folder)


def hide(
    stories: StoryNumbers,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Leave stories out of this issue; they stay new for the next."""
    hidden = [Edit(EditKind.HIDE, story=story) for story in dict.fromkeys(stories)]
    _make(hidden, newsletter, date, by, folder)


def topic(
    story: StoryNumber,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="A topic's id or title.")],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Tell a story under another topic, in this issue. `digest topics set` does it for good."""
    _make([Edit(EditKind.TOPIC, (topic,), story)], newsletter, date, by, folder)


def headline(
    story: StoryNumber,
    text: Line,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Give a story another headline, in this issue."""
    _make([Edit(EditKind.HEADLINE, (text,), story)], newsletter, date, by, folder)


def bullets(
    story: StoryNumber,
    lines: Annotated[list[str], typer.Argument(metavar="TEXT...", help="One line a bullet.")],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Give a story other bullets, in this issue."""
    _make([Edit(EditKind.BULLETS, tuple(lines), story)], newsletter, date, by, folder)


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
    _make([Edit(EditKind.SUBJECT, (text,))], newsletter, date, by, folder)


def preheader(
    text: Line,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Write what mail programs show after the subject."""
    _make([Edit(EditKind.PREHEADER, (text,))], newsletter, date, by, folder)


def test(
    address: Email,
    as_subscriber: Annotated[
        str | None,
        typer.Option("--as", metavar="EMAIL", help="As this subscriber would get it."),
    ] = None,
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
) -> None:
    """Mail the issue to one address, marked as a test: it counts for nobody.

    It is what `digest preview` shows, with what lies in the folders and was not collected yet. Its
    links to leave and to change are nobody's.
    """
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or editing.next_date(project, chosen)
        refuse_a_copy(project)
        try:
            recipient = read_address(address)
        except ValueError as error:
            raise UsageError(
                f"{address!r} is not an address: {error}", remedy="one such as you@example.org"
            ) from None
        envelope = make_rehearsal(project).test_envelope(
            chosen, day, recipient, email=as_subscriber
        )
        if envelope is None:
            raise DigestError(
                f"{chosen.id}-{day} holds nothing for {as_subscriber or 'anybody'}",
                remedy="`digest issue show` says what is new",
            )
        outcome = send_single(make_backends(project.config), envelope)
    if outcome.verdict is not Verdict.SENT:
        raise DigestError(
            f"the test was not sent to {recipient}: {outcome.reply}", remedy="`digest check`"
        )
    say(f"{chosen.id}-{day}: a test to {recipient}: {outcome.reply}")


def hold(
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why.")] = "an editor holds it",
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let the issue wait until it is released, or its day is over."""
    _make([Edit(EditKind.HOLD, (reason,))], newsletter, date, by, folder)


def skip(
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why.")] = "an editor skips it",
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let there be no issue on this date; its stories stay new for the next."""
    _make([Edit(EditKind.SKIP, (reason,))], newsletter, date, by, folder)


def release(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let an issue go out after all that was held or skipped."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or editing.next_date(project, chosen)
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
    for record in undone:
        say(f"{key}: released; it was {_PAST[record.edit.kind]}: {record.edit.lines[0]}.")


def _stopped(project: Project, newsletter: Newsletter, days: set[date_type]) -> list[IssueRecord]:
    """The issues of these days that a run held or skipped."""
    with project.database.read() as connection:
        records = [issues.find(connection, newsletter.id, day) for day in sorted(days)]
    stopped = (IssueState.HELD, IssueState.SKIPPED)
    return [record for record in records if record is not None and record.state in stopped]


_PAST = {EditKind.HOLD: "held", EditKind.SKIP: "skipped"}


def edits(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """List what was decided of an issue, sealed or not: who, when, and what was there before."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or editing.next_date(project, chosen)
        records = editing.edits_made(project, chosen, day)
        tell = project_clock(project)
    if as_json:
        say_json({"edits": [_edit_json(record) for record in records]})
    elif not records:
        say(f"{chosen.id}-{day}: nothing was decided by hand.")
    else:
        _say_edits(records, tell)


def undo(
    number: Annotated[
        int, typer.Argument(metavar="EDIT", parser=number(1, 10**18 - 1), help="The edit's number.")
    ],
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Undo one edit, by its number; others stay."""
    with project_of(folder) as project:
        record = editing.undo_edit(project, number, name_of(by))
    say(f"{record.newsletter}-{record.date}: undone: {_words(record)}.")


def _current(project: Project, newsletter: str | None, date: NextDate) -> EditedIssue:
    chosen = one_newsletter(project, newsletter)
    return editing.edited_issue(project, chosen, date or editing.next_date(project, chosen))


def _make(
    edits: list[Edit], newsletter: str | None, date: NextDate, by: str | None, folder: Path | None
) -> None:
    """Keep edits, all or none, and say how each is undone."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or editing.next_date(project, chosen)
        records = editing.make_edits(project, chosen, day, edits, name_of(by))
    for record in records:
        say(f"{chosen.id}-{day}: {_words(record)}. Undo: digest issue undo {record.id}")


def _say_edits(records: Sequence[EditRecord], tell: Tell) -> None:
    if records:
        say_table(
            ["Edit", "What", "By", "At", "Undone"],
            [
                (
                    record.id,
                    _words(record),
                    record.made_by,
                    tell(record.made_at),
                    f"by {record.undone_by}, {tell(record.undone_at)}" if record.undone_at else "",
                )
                for record in records
            ],
        )


def _words(record: EditRecord) -> str:
    """An edit as a phrase: `headline of 12: "New" (was "Old")`."""
    edit = record.edit
    whose = f" of {edit.story}" if edit.story is not None else ""
    match edit.kind:
        case EditKind.LEAD:
            return f"{edit.story} leads (before: {', '.join(record.before)})"
        case EditKind.HIDE:
            return f"{edit.story} is hidden"
        case EditKind.ORDER:
            return f"first come {', '.join(edit.lines)}"
        case EditKind.HOLD | EditKind.SKIP:
            return f"{_PAST[edit.kind]}: {edit.lines[0]}"
    before = f' (before: "{" / ".join(record.before)}")' if record.before else ""
    return f'{edit.kind}{whose}: "{" / ".join(edit.lines)}"{before}'


def _issue_json(current: EditedIssue) -> dict[str, Any]:
    issue = current.issue
    return {
        "newsletter": current.newsletter.id,
        "date": current.date,
        "subject": issue.subject if issue else None,
        "preheader": issue.preheader if issue else None,
        "stories": [_story_json(story) for story in issue.stories] if issue else [],
        "more": [_story_json(story) for story in issue.more] if issue else [],
        "edits": [_edit_json(record) for record in current.records],
    }


def _story_json(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "topic": story.topic,
        "sources": story.source_count,
        "headline": story.headline,
        "bullets": list(story.bullets),
    }


def _edit_json(record: EditRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": record.edit.kind,
        "story": record.edit.story,
        "lines": list(record.edit.lines),
        "before": list(record.before),
        "made_by": record.made_by,
        "made_at": record.made_at,
        "undone_by": record.undone_by,
        "undone_at": record.undone_at,
    }
