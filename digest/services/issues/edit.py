"""What an editor decides of an issue that is not sealed yet: judged, kept, undone and redone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa

from digest.compose.due_issues import due_until, issue_time, next_issue_date
from digest.errors import UsageError
from digest.issue_edits import STOPPING, TIMING, Edit, EditKind, Edits
from digest.model import Issue, Newsletter
from digest.project import Project
from digest.services.admins import audit
from digest.services.issues.changed_hour import hour_to_come, refuse_past_hour, try_anew
from digest.services.issues.compose import compose_issue
from digest.services.issues.edit_rules import find_in, judge
from digest.store import edits, issues, stories
from digest.store.database import exclusively
from digest.store.edits import EditRecord


class EditConflictError(UsageError):
    """Somebody else decided the same after this editor looked; theirs is `theirs`."""

    def __init__(self, theirs: EditRecord) -> None:
        super().__init__(
            f"{theirs.made_by} has decided that meanwhile: {' / '.join(theirs.edit.lines)}",
            remedy="look at it; saved again, yours takes its place",
        )
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class EditedIssue:
    """An issue as it would be sealed now, None where nothing is new, and the edits of its date.

    One that was sealed, at `sealed_at`, is as it was then.
    """

    newsletter: Newsletter
    date: date
    issue: Issue | None
    records: tuple[EditRecord, ...]
    sealed_at: datetime | None = None

    def is_idle(self, record: EditRecord) -> bool:
        """Whether an edit that counts changes nothing now: its story is not in the issue."""
        number = record.edit.story
        if not record.counts or number is None or record.edit.kind in _KEEPING_OUT:
            return False
        stories = self.issue.all_stories if self.issue else ()
        return number not in {story.id for story in stories}

    @property
    def in_force(self) -> Edits:
        """The edits that count."""
        return Edits(tuple(record.edit for record in self.records if record.counts))

    @property
    def last_edit(self) -> int:
        """The number of the last edit, which whoever edits this has seen."""
        return max((record.id for record in self.records), default=0)


# What may leave a story out of the issue that it is decided for.
_KEEPING_OUT = (EditKind.HIDE, EditKind.DAYS)


@dataclass(frozen=True, slots=True)
class Reversal:
    """An edit that was undone or redone, and the one that counts of its kind now, if one does."""

    record: EditRecord
    counting: EditRecord | None

    @property
    def records(self) -> tuple[EditRecord, ...]:
        """Both."""
        return (self.record, self.counting) if self.counting else (self.record,)


def next_date(project: Project, newsletter: Newsletter) -> date:
    """The date of the next issue that is not done with, from today on.

    One that an editor holds or skips is not: they may release it.
    """
    today = project.today(newsletter)
    with project.database.read() as connection:
        done = issues.done(connection, today)
    return next_issue_date(newsletter, today, done) or today


def edited_issue(project: Project, newsletter: Newsletter, day: date) -> EditedIssue:
    """The issue of a date with its edits, as it would be sealed now or as it was."""
    with project.database.read() as connection:
        return _read(connection, project, newsletter, day)


def edits_made(project: Project, newsletter: Newsletter, day: date) -> tuple[EditRecord, ...]:
    """All edits of the issue of a date, sealed or not, also those undone."""
    with project.database.read() as connection:
        return tuple(edits.of_issue(connection, newsletter.id, day))


def make_edits(
    project: Project,
    newsletter: Newsletter,
    day: date,
    wanted: Iterable[Edit],
    who: str,
    *,
    saw: int | None = None,
) -> list[EditRecord]:
    """Keep edits of an issue that is not sealed: all, or a usage error where one cannot be.

    `saw` is the number of the last edit that their maker knew: an EditConflictError where a later
    one decided the same.
    """
    with project.database.write() as connection:
        exclusively(connection)  # of two, a seal comes first or this does
        return keep_edits(connection, project, newsletter, day, wanted, who, saw=saw)


def keep_edits(
    connection: sa.Connection,
    project: Project,
    newsletter: Newsletter,
    day: date,
    wanted: Iterable[Edit],
    who: str,
    *,
    saw: int | None = None,
) -> list[EditRecord]:
    """As `make_edits`, in a transaction that nobody else writes in."""
    refuse_sealed(connection, newsletter.id, day)
    current = _read(connection, project, newsletter, day)
    records = []
    for edit in wanted:
        if edit.kind in TIMING:
            _refuse_no_issue(newsletter, day, current.in_force.hour, project.clock())
        judged = judge(edit, current.issue, day, project.config.topics)
        if edit.kind is EditKind.HOUR:
            refuse_past_hour(newsletter, day, Edits((judged,)).hour, project.clock())
            try_anew(connection, newsletter, day, current.in_force)
        if edit.kind is EditKind.DAYS:
            _refuse_told(connection, newsletter, edit)
        if saw is not None:
            _refuse_conflict(current.records, judged, saw)
        before = _before(judged, current, newsletter)
        number = edits.add(connection, newsletter.id, day, judged, before, who, project.clock())
        record = edits.get(connection, number)
        assert record is not None
        _record_act(connection, project, record, f"edit: {edit.kind}", who)
        records.append(record)
    return records


def _record_act(
    connection: sa.Connection, project: Project, record: EditRecord, action: str, who: str
) -> None:
    subject = f"issue {record.newsletter}-{record.date}"
    story = {"story": record.edit.story} if record.edit.story is not None else {}
    audit.record(
        connection,
        project.clock(),
        who,
        action,
        subject,
        before={"lines": list(record.before)} | story,
        after={"lines": list(record.edit.lines), "edit": record.id} | story,
    )


def undo_edit(project: Project, number: int, who: str) -> Reversal:
    """Let an edit count no more; the one before it of the same kind counts again."""
    with project.database.write() as connection:
        record = _find_open(connection, number)
        with hour_to_come(connection, project, record):
            is_undone = edits.undo(connection, number, who, project.clock())
        if not is_undone:
            raise UsageError(
                f"edit {number} was undone already, by {record.undone_by}",
                remedy="`digest issue edits` lists those that count",
            )
        _record_act(connection, project, record, f"undo: {record.edit.kind}", who)
        return Reversal(record, _counting(connection, record))


def redo_edit(project: Project, number: int, who: str) -> Reversal:
    """Let an edit count again that was undone; a later one of the same kind goes before it."""
    with project.database.write() as connection:
        record = _find_open(connection, number)
        with hour_to_come(connection, project, record):
            is_redone = edits.redo(connection, number)
        if not is_redone:
            raise UsageError(
                f"edit {number} was not undone", remedy="`digest issue edits` lists all"
            )
        _record_act(connection, project, record, f"redo: {record.edit.kind}", who)
        return Reversal(record, _counting(connection, record))


def reset(
    project: Project,
    newsletter: Newsletter,
    day: date,
    kind: EditKind,
    who: str,
    story: int | None = None,
) -> list[EditRecord]:
    """Undo all that was decided of one thing, so that it is as the rules have it; those edits."""
    with project.database.write() as connection:
        exclusively(connection)
        refuse_sealed(connection, newsletter.id, day)
        key = Edit(kind, story=story).key
        counting = [
            record
            for record in edits.of_issue(connection, newsletter.id, day)
            if record.counts and record.edit.key == key
        ]
        for record in counting:
            with hour_to_come(connection, project, record):
                edits.undo(connection, record.id, who, project.clock())
            _record_act(connection, project, record, f"undo: {kind}", who)
        return counting


def _find_open(connection: sa.Connection, number: int) -> EditRecord:
    """An edit of an issue that is not sealed, or of days, which reach others."""
    exclusively(connection)
    record = edits.get(connection, number)
    if record is None:
        raise UsageError(f"there is no edit {number}", remedy="`digest issue edits` lists them")
    if record.edit.kind is not EditKind.DAYS:
        refuse_sealed(connection, record.newsletter, record.date)
    return record


def _counting(connection: sa.Connection, record: EditRecord) -> EditRecord | None:
    records = edits.of_issue(connection, record.newsletter, record.date)
    return last_of_key(records, record.edit)


def last_of_key(records: Sequence[EditRecord], edit: Edit) -> EditRecord | None:
    """Which of these edits counts for what another one decides."""
    same = (record for record in reversed(records) if record.edit.key == edit.key)
    return next((record for record in same if record.counts), None)


def release(project: Project, newsletter: Newsletter, day: date, who: str) -> list[EditRecord]:
    """Undo what holds or skips the issue of a date; those edits, of which there may be none."""
    with project.database.write() as connection:
        exclusively(connection)
        refuse_sealed(connection, newsletter.id, day)
        stopping = [
            record
            for record in edits.of_issue(connection, newsletter.id, day)
            if record.counts and record.edit.kind in STOPPING
        ]
        for record in stopping:
            edits.undo(connection, record.id, who, project.clock())
            _record_act(connection, project, record, f"release: {record.edit.kind}", who)
        if stopping:
            issues.wait_again(connection, newsletter.id, day)
        return stopping


def _read(
    connection: sa.Connection, project: Project, newsletter: Newsletter, day: date
) -> EditedIssue:
    records = tuple(edits.of_issue(connection, newsletter.id, day))
    sealed = issues.find(connection, newsletter.id, day)
    if sealed is not None and sealed.sealed:
        return EditedIssue(newsletter, day, sealed.issue, records, sealed.sealed_at)
    decided = Edits(tuple(record.edit for record in records if record.counts))
    issue = compose_issue(connection, project.config, newsletter, day, decided)
    return EditedIssue(newsletter, day, issue, records)


def refuse_sealed(connection: sa.Connection, newsletter: str, day: date) -> None:
    """A usage error where the issue of a date was sealed."""
    record = issues.find(connection, newsletter, day)
    if record is not None and record.sealed:
        raise UsageError(
            f"the issue {record.key} was sealed, and does not change any more",
            remedy="name a later date with --date",
        )


def _refuse_no_issue(newsletter: Newsletter, day: date, hour: time | None, now: datetime) -> None:
    """There is nothing to hold or to skip on a date that is over, or has no issue by itself."""
    key = f"{newsletter.id}-{day}"
    if issue_time(newsletter, day, hour) is None:
        raise UsageError(
            f"there is no issue {key}: {newsletter.id} comes on {', '.join(newsletter.days)}",
            remedy="name one of these days with --date",
        )
    if due_until(newsletter, day, hour) <= now:
        raise UsageError(
            f"the day of {key} is over: no issue of it goes out by itself any more",
            remedy="name a date to come with --date",
        )


def _refuse_conflict(records: Sequence[EditRecord], edit: Edit, saw: int) -> None:
    theirs = last_of_key(records, edit)
    if theirs is not None and theirs.id > saw and theirs.edit.lines != edit.lines:
        raise EditConflictError(theirs)


def _refuse_told(connection: sa.Connection, newsletter: Newsletter, edit: Edit) -> None:
    """Days are for a story that no issue has told yet, in the issue of the date or not."""
    assert edit.story is not None
    if stories.get(connection, edit.story) is None:
        raise UsageError(
            f"there is no story '{edit.story}'", remedy="`digest stories list` names them"
        )
    told = stories.told_on(connection, edit.story).get(newsletter.id)
    if told is not None:
        raise UsageError(
            f"story {edit.story} was told on {told}", remedy="name one that is still to be told"
        )


def _before(edit: Edit, current: EditedIssue, newsletter: Newsletter) -> tuple[str, ...]:
    """What the edit changes, in lines as those of the edit."""
    issue = current.issue
    if edit.kind is EditKind.HOUR:
        return (f"{current.in_force.hour or newsletter.time:%H:%M}",)
    if edit.kind is EditKind.DAYS:
        before = current.in_force.find(EditKind.DAYS, edit.story)
        return before.lines if before else ()
    if issue is None or edit.kind in (*STOPPING, EditKind.STORY):
        return ()
    story = find_in(issue, edit.story) if edit.story is not None else issue.stories[0]
    lines: dict[EditKind, tuple[str, ...]] = {
        EditKind.LEAD: (str(issue.stories[0].id),),
        EditKind.HIDE: (story.headline,),
        EditKind.ORDER: tuple(str(story.id) for story in issue.stories),
        EditKind.TOPIC: (story.topic,),
        EditKind.HEADLINE: (story.headline,),
        EditKind.BULLETS: story.bullets,
        EditKind.PICTURE: (story.image.url,) if story.picture and story.image else (),
        EditKind.ALT: (story.picture.alt,) if story.picture and story.picture.alt else (),
        EditKind.NOTE: issue.note,
        EditKind.SUBJECT: (issue.subject,),
        EditKind.PREHEADER: (issue.preheader,),
    }
    return lines.get(edit.kind, ())
