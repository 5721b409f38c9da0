"""What an admin does to stories by hand: join two, take one apart. Both are kept for good."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

import sqlalchemy as sa

from digest.config import Config
from digest.errors import UsageError
from digest.model import Story
from digest.services.admins import audit
from digest.services.admins.audit import Actor
from digest.services.stories.edit import find_story
from digest.services.stories.events import rewrite, source_preferences
from digest.services.stories.own_words import OwnWords
from digest.services.stories.write import write_story
from digest.store import edits, old_records, reports, stories
from digest.store.database import Database


def merge(database: Database, config: Config, name: str, other_name: str, by: Actor) -> Story:
    """Make two stories one, for good, by their names: the second becomes part of the first."""
    with database.write() as connection:
        story, other = find_story(connection, name), find_story(connection, other_name)
        if story.id == other.id:
            raise UsageError(f"{name} and {other_name} are one story already", remedy="name two")
        if stories.withdrawn_at(connection, story.id):
            raise UsageError(
                f"story {story.id} was dropped, and with it would be what becomes part of it",
                remedy=f"digest stories restore {story.id}",
            )
        joined = join(connection, config, story, other, by.now)
        subject, part_of_it = f"story {story.id}", _named(other)
        audit.record(connection, by.now, by.who, "merge stories", subject, after=part_of_it)
        return joined


def split(
    database: Database, config: Config, name: str, chosen: Sequence[int], by: Actor
) -> tuple[Story, Story]:
    """Take reports out of a story, for good: the rest, and the story that they make."""
    with database.write() as connection:
        story = find_story(connection, name)
        rest, new = part(connection, config, story, chosen, by.now)
        subject, own_story = f"story {story.id}", _named(new)
        audit.record(connection, by.now, by.who, "split story", subject, after=own_story)
        return rest, new


def join(
    connection: sa.Connection, config: Config, story: Story, other: Story, now: datetime
) -> Story:
    """The reports of `other` become part of `story`, which is rewritten where it may be.

    A story that a sealed issue holds stays as it was mailed; an `other` that is in none is gone,
    and what editors decided of it counts for `story`.
    """
    own_numbers, other_numbers = _numbers(connection, story), _numbers(connection, other)
    for joined, numbers in ((story, own_numbers), (other, other_numbers)):
        if not numbers:
            raise UsageError(
                f"story {joined.id} was written by hand, and has no report",
                remedy="put what it says into the bullets of the other: digest issue bullets",
            )
    _refuse_emptied(connection, story, own_numbers)
    _refuse_emptied(connection, other, other_numbers)
    if stories.is_sealed(connection, other.id):
        raise UsageError(
            f"story {other.id} was mailed already and stays as it is",
            remedy=f"name it first: digest stories merge {other.id} {story.id}",
        )
    reports.keep_rule(connection, product(own_numbers, other_numbers), "together", now)
    reports.settle(
        connection, [(number, story.id, "an admin merged it") for number in other_numbers]
    )
    edits.move(connection, other.id, story.id)
    stories.drop(connection, other.id)
    return _rewrite(connection, config, story, now)


def part(
    connection: sa.Connection,
    config: Config,
    story: Story,
    chosen: Sequence[int],
    now: datetime,
) -> tuple[Story, Story]:
    """The story without the chosen reports, and the new story that these make."""
    members = OwnWords(connection, now).of_story(story.id)
    unknown = [str(number) for number in chosen if number not in members]
    if unknown:
        raise UsageError(
            f"story {story.id} has no report {', '.join(unknown)}",
            remedy=f"see `digest explain {story.id}`",
        )
    remaining = [number for number in members if number not in chosen]
    if not remaining:
        raise UsageError(f"nothing would be left of story {story.id}", remedy="leave a report in")
    _refuse_emptied(connection, story, members)
    reports.keep_rule(connection, product(remaining, chosen), "apart", now)
    chosen_reports = [members[number] for number in chosen]
    new_story = replace(
        write_story(chosen_reports, source_preferences(connection, config), now),
        collected_at=story.collected_at,
    )
    new_id = stories.add(connection, new_story, now)
    reports.settle(connection, [(number, new_id, "an admin took it out") for number in chosen])
    return _rewrite(connection, config, story, now), replace(new_story, id=new_id)


def _named(story: Story) -> str:
    """A story on record: it may be gone by the time that somebody reads of it."""
    return f"{story.id}: {story.headline}"


def _refuse_emptied(connection: sa.Connection, story: Story, numbers: Collection[int]) -> None:
    """A usage error where a story could not be written anew from what its sources told."""
    if old_records.emptied(connection, numbers):
        raise UsageError(
            f"the texts from which story {story.id} was made are not on record any more: "
            "keep.reports is over",
            remedy="leave it as it was told",
        )


def _numbers(connection: sa.Connection, story: Story) -> list[int]:
    return list(reports.of_story(connection, story.id))


def _rewrite(connection: sa.Connection, config: Config, story: Story, now: datetime) -> Story:
    """The story from the reports that it has now, unless a sealed issue holds it."""
    if stories.is_sealed(connection, story.id):
        return story
    event = stories.of_event(connection, story.event_id or story.id)
    before = [earlier for earlier, _ in event if earlier.id < story.id]
    members = list(OwnWords(connection, now).of_story(story.id).values())
    rewritten = rewrite(
        connection, story, before, members, source_preferences(connection, config), now
    )
    stories.update(connection, rewritten, now)
    return rewritten
