"""An edit in words, as commands and pages tell it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from functools import partial

from digest.issue_edits import EditKind
from digest.model import Issue
from digest.project import Project
from digest.store import stories
from digest.store.edits import EditRecord

_HEADLINED = (EditKind.HIDE, EditKind.STORY)
PAST = {EditKind.HOLD: "held", EditKind.SKIP: "skipped"}


def headlines_of(
    project: Project, records: Collection[EditRecord], issue: Issue | None = None
) -> dict[int, str]:
    """The headlines of the stories that edits name, as an issue has them where it has them."""
    told = {story.id: story.headline for story in issue.all_stories} if issue else {}
    named = {number for record in records for number in _stories_of(record)} - told.keys()
    if not named:
        return told
    with project.database.read() as connection:
        return stories.headlines(connection, named) | told


def _stories_of(record: EditRecord) -> Iterator[int]:
    edit = record.edit
    if edit.story is not None:
        yield edit.story
    if edit.kind is EditKind.ORDER:
        yield from map(int, edit.lines)
    if edit.kind is EditKind.LEAD:
        yield from map(int, record.before)


def numbered_names(
    project: Project, records: Collection[EditRecord], issue: Issue | None = None
) -> dict[int, str]:
    """Those stories as commands name them: by the number that is typed, and the headline."""
    headlines = headlines_of(project, records, issue)
    return {number: f"{number} “{headline}”" for number, headline in headlines.items()}


def quoted(headlines: Mapping[int, str]) -> dict[int, str]:
    """Stories as pages name them."""
    return {number: f"“{headline}”" for number, headline in headlines.items()}


def describe_edit(
    record: EditRecord, names: Mapping[int, str], tell_day: Callable[[date], str] = str
) -> str:
    """An edit as a phrase: `headline of 12 “New”: “New” (before: “Old”)`.

    A story that `names` has is called by its name, any other by its number.
    """
    edit = record.edit
    name = partial(_name, names)
    story = name(edit.story, _headline_in(record))
    text = " / ".join(edit.lines)
    match edit.kind:
        case EditKind.LEAD:
            words = f"{story} leads{_before(', '.join(map(name, record.before)))}"
        case EditKind.HIDE:
            words = f"{story} is taken out"
        case EditKind.ORDER:
            words = f"first come {', '.join(map(name, edit.lines))}"
        case EditKind.HOLD | EditKind.SKIP:
            words = f"{PAST[edit.kind]}: {text}"
        case EditKind.HOUR:
            words = f"its hour is {text}{_before(' / '.join(record.before))}"
        case EditKind.STORY:
            words = f"{story} was written by hand"
        case EditKind.DAYS:
            words = f"{story} comes {days_in_words(edit.lines, tell_day)}"
        case EditKind.PICTURE | EditKind.ALT if not edit.lines:
            words = f"{story} has no {edit.kind}"
        case _:
            whose = f" of {story}" if edit.story is not None else ""
            before = f"“{' / '.join(record.before)}”" if record.before else ""
            words = f"{edit.kind}{whose}: “{text}”{_before(before)}"
    return words


def _name(names: Mapping[int, str], number: int | str | None, headline: str = "") -> str:
    return names.get(int(number or 0)) or headline or f"story {number}"


def _headline_in(record: EditRecord) -> str:
    """The headline of its story that an edit has in itself: the story may be gone."""
    lines = (record.before or record.edit.lines) if record.edit.kind in _HEADLINED else ()
    return f"“{lines[0]}”" if lines else ""


def _before(words: str) -> str:
    return f" (before: {words})" if words else ""


def days_in_words(lines: tuple[str, ...], tell_day: Callable[[date], str]) -> str:
    """The days that an editor chose for a story: `not before 2026-12-10`."""
    bounds = zip(("not before", "not after"), lines, strict=True)
    chosen = [f"{bound} {tell_day(date.fromisoformat(day))}" for bound, day in bounds if day]
    return " and ".join(chosen) or "as the rules say"
