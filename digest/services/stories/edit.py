"""Stories by the names that an admin has for them, and what an admin decides of each."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from digest.errors import UsageError
from digest.model import Story
from digest.services.admins import audit
from digest.services.admins.audit import Actor
from digest.store import edits, pins, stories
from digest.store.database import Database, exclusively

MOST_DIGITS = 18  # of a number that the database can hold


def find_story(connection: sa.Connection, name: str) -> Story:
    """The story of a number or a file; a usage error where there is none."""
    story = look_up(connection, name)
    if story is None:
        raise UsageError(
            f"there is no story {name!r}",
            remedy="name its number (`digest stories list`) or its file in seeds/",
        )
    return story


def look_up(connection: sa.Connection, name: str) -> Story | None:
    """The story of a number or a file, if there is one."""
    is_number = name.isdecimal() and len(name) <= MOST_DIGITS
    number = int(name) if is_number else stories.story_of_key(connection, _key(name))
    return stories.get(connection, number) if number is not None else None


def _key(name: str) -> str:
    parts = Path(name).parts
    return "/".join(parts[1:] if parts and parts[0] == "seeds" else parts)


def pin(
    database: Database,
    names: Sequence[str],
    before: str | None = None,
    by: Actor | None = None,
) -> list[tuple[Story, bool]]:
    """Put stories before all others, in this order; each with whether that changed its place.

    They stand behind what is pinned already, or `before` one that is; what is pinned already stays
    where it is, unless it is named with `before`.
    """
    with database.write() as connection:
        exclusively(connection)  # two pins at once would get one place
        wanted = {story.id: story for story in (find_story(connection, name) for name in names)}
        pinned = pins.in_order(connection)
        at = len(pinned)
        if before is None:
            added = [number for number in wanted if number not in pinned]
        else:
            added = list(wanted)
            following = find_story(connection, before)
            if following.id not in pinned or following.id in wanted:
                raise UsageError(
                    f"story {following.id} is not pinned, or is to be moved itself",
                    remedy="name a pinned story that stays (`digest stories list` shows them)",
                )
            at = pinned.index(following.id)
        ordered = [
            *(number for number in pinned[:at] if number not in added),
            *added,
            *(number for number in pinned[at:] if number not in added),
        ]
        if ordered != pinned:
            pins.set_order(connection, ordered)
            _note(connection, by, "pin", added)
        return [(story, number in added and ordered != pinned) for number, story in wanted.items()]


def unpin(
    database: Database, names: Sequence[str], by: Actor | None = None
) -> list[tuple[Story, bool]]:
    """Let stories take their places among the others again; each with whether it was pinned."""
    with database.write() as connection:
        wanted = {story.id: story for story in (find_story(connection, name) for name in names)}
        outcomes = [(story, pins.unpin(connection, number)) for number, story in wanted.items()]
        _note(connection, by, "unpin", [story.id for story, changed in outcomes if changed])
        return outcomes


def set_withdrawn(
    database: Database, names: Sequence[str], at: datetime | None, by: Actor | None = None
) -> list[tuple[Story, bool]]:
    """Put stories into no issue from now on; with `at` None, into issues again.

    Each with whether that changed anything. All of them or none: what a sealed issue holds was
    mailed, and is refused, and so is what an editor wrote for one issue.
    """
    with database.write() as connection:
        exclusively(connection)  # of two, a seal takes the story or this does
        stories_by_id = {
            story.id: story for story in (find_story(connection, name) for name in names)
        }
        for story in stories_by_id.values() if at else ():
            issue = stories.sealed_in(connection, story.id)
            if issue is not None:
                raise UsageError(
                    f"story {story.id} is in {issue}, which was mailed: it cannot be taken back",
                    remedy=f"`digest stories correct {story.id}` corrects it on the site",
                )
        for number in stories_by_id:
            _refuse_written(connection, number)
        outcomes = [
            (story, stories.set_withdrawn(connection, number, at))
            for number, story in stories_by_id.items()
        ]
        changed = [story.id for story, is_changed in outcomes if is_changed]
        _note(connection, by, "drop" if at else "restore", changed)
        return outcomes


def _refuse_written(connection: sa.Connection, number: int) -> None:
    """What an editor wrote for one issue is taken out and put back there, as an edit."""
    written = edits.written_for(connection, number)
    if written is not None:
        undo, redo = f"`digest issue undo {written.id}`", f"`digest issue redo {written.id}`"
        raise UsageError(
            f"story {number} was written for {written.issue}, and goes into no other issue",
            remedy=f"{undo} takes it out" if written.counts else f"{redo} puts it back",
        )


def _note(connection: sa.Connection, by: Actor | None, action: str, numbers: Sequence[int]) -> None:
    """Put on record what somebody did to stories."""
    if by is None:
        return
    for number in numbers:
        audit.record(connection, by.now, by.who, action, f"story {number}")
