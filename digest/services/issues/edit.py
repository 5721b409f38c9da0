"""What an editor decides of an issue that is not sealed yet: judged, kept, and undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from digest.compose.due import due_until, issue_time
from digest.edits import STOPPING, Edit, EditKind, Edits
from digest.errors import UsageError
from digest.model import Issue, Newsletter, Story
from digest.project import Project
from digest.services.issues.compose import compose_issue
from digest.store import edits, issues
from digest.store.database import exclusively
from digest.store.edits import EditRecord
from digest.text import clean_line

LONGEST_LINE = 300
LONGEST_BULLET = 2_000  # as in a story's file
LONGEST_NAME = 100
MOST_BULLETS = 10
_LINES = (EditKind.HEADLINE, EditKind.BULLETS, EditKind.SUBJECT, EditKind.PREHEADER, *STOPPING)


@dataclass(frozen=True, slots=True)
class EditedIssue:
    """An issue as it would be sealed now, None where nothing is new, and the edits of its date."""

    newsletter: Newsletter
    date: date
    issue: Issue | None
    records: tuple[EditRecord, ...]

    def is_idle(self, record: EditRecord) -> bool:
        """Whether an edit that counts changes nothing now: its story is not in the issue."""
        number = record.edit.story
        if record.undone_at or number is None or record.edit.kind is EditKind.HIDE:
            return False
        stories = self.issue.all_stories if self.issue else ()
        return number not in {story.id for story in stories}

    @property
    def in_force(self) -> Edits:
        """The edits that count."""
        return Edits(tuple(record.edit for record in self.records if record.undone_at is None))


def next_date(project: Project, newsletter: Newsletter, *, days: int = 31) -> date:
    """The date of the next issue that is neither sealed nor skipped, from today on."""
    today = project.today(newsletter)
    with project.database.read() as connection:
        done = issues.done(connection, today)
    dates = (date.fromordinal(today.toordinal() + number) for number in range(days))
    return next(
        (day for day in dates if (newsletter.id, day) not in done and issue_time(newsletter, day)),
        today,
    )


def edited_issue(project: Project, newsletter: Newsletter, day: date) -> EditedIssue:
    """The issue of a date with its edits; a usage error where it was sealed."""
    with project.database.read() as connection:
        return _read(connection, project, newsletter, day)


def edits_made(project: Project, newsletter: Newsletter, day: date) -> tuple[EditRecord, ...]:
    """All edits of the issue of a date, sealed or not, also those undone."""
    with project.database.read() as connection:
        return tuple(edits.of_issue(connection, newsletter.id, day))


def make_edits(
    project: Project, newsletter: Newsletter, day: date, wanted: Iterable[Edit], who: str
) -> list[EditRecord]:
    """Keep edits of an issue that is not sealed: all, or a usage error where one cannot be."""
    with project.database.write() as connection:
        exclusively(connection)  # of two, a seal comes first or this does
        current = _read(connection, project, newsletter, day)
        wanted = list(wanted)
        if any(edit.kind in STOPPING for edit in wanted):
            _refuse_no_issue(newsletter, day, project.clock())
        records = []
        for edit in [_judged(edit, current, project) for edit in wanted]:
            before = _before(edit, current)
            number = edits.add(connection, newsletter.id, day, edit, before, who, project.clock())
            record = edits.get(connection, number)
            assert record is not None
            records.append(record)
        return records


def undo_edit(project: Project, number: int, who: str) -> EditRecord:
    """Let an edit count no more; the one before it of the same kind counts again."""
    with project.database.write() as connection:
        exclusively(connection)
        record = edits.get(connection, number)
        if record is None:
            raise UsageError(f"there is no edit {number}", remedy="`digest issue edits` lists them")
        _refuse_sealed(connection, record.newsletter, record.date)
        if not edits.undo(connection, number, who, project.clock()):
            raise UsageError(
                f"edit {number} was undone already, by {record.undone_by}",
                remedy="`digest issue edits` lists those that count",
            )
        return record


def release(project: Project, newsletter: Newsletter, day: date, who: str) -> list[EditRecord]:
    """Undo what holds or skips the issue of a date; those edits, of which there may be none."""
    with project.database.write() as connection:
        exclusively(connection)
        _refuse_sealed(connection, newsletter.id, day)
        stopping = [
            record
            for record in edits.of_issue(connection, newsletter.id, day)
            if record.undone_at is None and record.edit.kind in STOPPING
        ]
        for record in stopping:
            edits.undo(connection, record.id, who, project.clock())
        if stopping:
            issues.wait_again(connection, newsletter.id, day)
        return stopping


def _read(
    connection: sa.Connection, project: Project, newsletter: Newsletter, day: date
) -> EditedIssue:
    _refuse_sealed(connection, newsletter.id, day)
    issue = compose_issue(connection, project.config, newsletter, day)
    records = tuple(edits.of_issue(connection, newsletter.id, day))
    return EditedIssue(newsletter, day, issue, records)


def _refuse_sealed(connection: sa.Connection, newsletter: str, day: date) -> None:
    record = issues.find(connection, newsletter, day)
    if record is not None and record.sealed:
        raise UsageError(
            f"the issue {record.key} was sealed, and does not change any more",
            remedy="name a later date with --date",
        )


def _refuse_no_issue(newsletter: Newsletter, day: date, now: datetime) -> None:
    """There is nothing to hold or to skip on a date that is over, or has no issue by itself."""
    key = f"{newsletter.id}-{day}"
    if issue_time(newsletter, day) is None:
        raise UsageError(
            f"there is no issue {key}: {newsletter.id} comes on {', '.join(newsletter.days)}",
            remedy="name one of these days with --date",
        )
    if due_until(newsletter, day) <= now:
        raise UsageError(
            f"the day of {key} is over: no issue of it goes out by itself any more",
            remedy="name a date to come with --date",
        )


def _judged(edit: Edit, current: EditedIssue, project: Project) -> Edit:
    """The edit as it is kept: its lines clean, its stories and topic such as there are."""
    if edit.story is not None:
        _find(current, edit.story)
    if edit.kind is EditKind.ORDER:
        for number in edit.lines:
            _find(current, int(number))
    elif edit.kind is EditKind.TOPIC:
        topic = project.config.topics.find(edit.lines[0])
        if topic is None:
            raise UsageError(
                f"there is no topic {edit.lines[0]!r}", remedy="`digest topics list` names them"
            )
        return Edit(edit.kind, (topic.id,), edit.story)
    elif edit.kind in _LINES:
        if len(edit.lines) > MOST_BULLETS:
            raise UsageError(
                f"{len(edit.lines)} bullets are too many",
                remedy=f"at most {MOST_BULLETS} are taken",
            )
        longest = LONGEST_BULLET if edit.kind is EditKind.BULLETS else LONGEST_LINE
        lines = tuple(clean(line, longest) for line in edit.lines)
        return Edit(edit.kind, lines, edit.story)
    return edit


def _find(current: EditedIssue, number: int) -> Story:
    issue = current.issue
    for story in issue.all_stories if issue else ():
        if story.id == number:
            return story
    raise UsageError(
        f"story {number} is not in the issue of {current.newsletter.id} on {current.date}",
        remedy="`digest issue show` lists its stories; one that was hidden comes back by "
        "`digest issue undo`",
    )


def clean(line: str, longest: int = LONGEST_LINE) -> str:
    """One line as it is kept; a usage error where it says nothing, or too much."""
    text = clean_line(line)
    if not text:
        raise UsageError("there is a line without a word", remedy="write something, or undo")
    if len(text) > longest:
        raise UsageError(
            f"a line has {len(text):,} characters", remedy=f"at most {longest:,} are taken"
        )
    return text


def _before(edit: Edit, current: EditedIssue) -> tuple[str, ...]:
    """What the edit changes, in lines as those of the edit."""
    issue = current.issue
    if issue is None or edit.kind in STOPPING:
        return ()
    story = _find(current, edit.story) if edit.story is not None else issue.stories[0]
    lines: dict[EditKind, tuple[str, ...]] = {
        EditKind.LEAD: (str(issue.stories[0].id),),
        EditKind.ORDER: tuple(str(story.id) for story in issue.stories),
        EditKind.TOPIC: (story.topic,),
        EditKind.HEADLINE: (story.headline,),
        EditKind.BULLETS: story.bullets,
        EditKind.SUBJECT: (issue.subject,),
        EditKind.PREHEADER: (issue.preheader,),
    }
    return lines.get(edit.kind, ())
