"""Whether an edit can be, and the form in which it is kept; pure."""

import re
from dataclasses import replace
from datetime import date, timedelta

from digest.errors import UsageError
from digest.issue_edits import DAYS_REACH, STOPPING, TIMING, Edit, EditKind
from digest.model import Issue, Story, TopicTree
from digest.roles import Role
from digest.text import clean_line

LONGEST_LINE = 300
LONGEST_BULLET = 2_000  # as in a story's file
LONGEST_NAME = 100
# All of a note; it stands in every mail, and a mail has 102,000 bytes.
LONGEST_NOTE = 1_000
MOST_BULLETS = 10
# Why an issue is held or skipped, where whoever does it does not say.
NO_REASON = "no reason was given"
_HOUR = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")
_ONE_LINE = (EditKind.HEADLINE, EditKind.SUBJECT, EditKind.PREHEADER, *STOPPING)


def required_role(kind: EditKind) -> Role:
    """The least role of who makes, undoes or redoes an edit of a kind."""
    return Role.PUBLISHER if kind in TIMING else Role.EDITOR


def judge(edit: Edit, issue: Issue | None, day: date, topics: TopicTree) -> Edit:
    """The edit as it is kept for an issue as it is now: its lines clean, its topic one of ours.

    A usage error where a story is not in the issue, or a line cannot be.
    """
    if edit.story is not None and edit.kind not in (EditKind.STORY, EditKind.DAYS):
        find_in(issue, edit.story)
    return replace(edit, lines=_judged_lines(edit, issue, day, topics))


def _judged_lines(edit: Edit, issue: Issue | None, day: date, topics: TopicTree) -> tuple[str, ...]:
    lines = edit.lines
    match edit.kind:
        case EditKind.ORDER:
            for number in lines:
                find_in(issue, int(number))
        case EditKind.TOPIC:
            lines = (_topic(lines[0], topics),)
        case EditKind.DAYS:
            lines = _days(lines, day)
        case EditKind.HOUR:
            lines = (_hour(lines[0]),)
        case EditKind.BULLETS:
            lines = clean_bullets(lines)
        case EditKind.NOTE:
            lines = _note(lines)
        case EditKind.ALT:
            lines = tuple(clean(line) for line in lines if clean_line(line))
        case kind if kind in _ONE_LINE:
            lines = (clean(lines[0]),)
    return lines


def find_in(issue: Issue | None, number: int) -> Story:
    """A story of an issue by its number; a usage error where it is not there."""
    for story in issue.all_stories if issue else ():
        if story.id == number:
            return story
    raise UsageError(
        f"story {number} is not in the issue",
        remedy="`digest issue show` lists its stories; one that was hidden comes back by "
        "`digest issue undo`",
    )


def clean(line: str, longest: int = LONGEST_LINE) -> str:
    """A line as a subscriber may see it; a usage error where it is empty or too long."""
    text = clean_line(line)
    if not text:
        raise UsageError("there is a line without a word", remedy="write something, or undo")
    if len(text) > longest:
        raise UsageError(
            f"a line has {len(text):,} characters", remedy=f"at most {longest:,} are taken"
        )
    return text


def clean_bullets(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The bullets of a story, as `clean` has each."""
    if len(lines) > MOST_BULLETS:
        raise UsageError(
            f"{len(lines)} bullets are too many", remedy=f"at most {MOST_BULLETS} are taken"
        )
    return tuple(clean(line, LONGEST_BULLET) for line in lines)


def _note(lines: tuple[str, ...]) -> tuple[str, ...]:
    paragraphs = tuple(clean(line, LONGEST_NOTE) for line in lines)
    length = sum(map(len, paragraphs))
    if length > LONGEST_NOTE:
        raise UsageError(
            f"the note has {length:,} characters",
            remedy=f"at most {LONGEST_NOTE:,} are taken; a longer text is a story by hand",
        )
    return paragraphs


def _topic(name: str, topics: TopicTree) -> str:
    topic = topics.find(name)
    if topic is None:
        raise UsageError(f"there is no topic {name!r}", remedy="`digest topics list` names them")
    return topic.id


def _days(lines: tuple[str, ...], day: date) -> tuple[str, str]:
    first, last = (_date(line) for line in lines)
    if first and last and last < first:
        raise UsageError(f"{last} is before {first}", remedy="name the first date first")
    reach = timedelta(days=DAYS_REACH)
    for chosen in filter(None, (first, last)):
        if not day - reach <= chosen <= day + reach:
            raise UsageError(
                f"{chosen} is too far from {day}", remedy=f"at most {DAYS_REACH} days are taken"
            )
    return str(first or ""), str(last or "")


def _hour(text: str) -> str:
    """`07:30`, as the setting `time` of a newsletter has it."""
    if not _HOUR.fullmatch(text.strip()):
        raise UsageError(f"{text!r} is no hour", remedy="write one such as 07:30")
    return text.strip().zfill(5)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is not a date", remedy="write one such as 2026-11-21") from None
