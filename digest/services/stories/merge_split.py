"""What an admin does to stories by hand: join two, take one apart. Both are kept for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

import sqlalchemy as sa

from digest.config import Config
from digest.errors import UsageError
from digest.model import Story
from digest.services.stories.edit import find_story
from digest.services.stories.events import rewrite, source_preferences
from digest.services.stories.write import write_story
from digest.store import reports, stories
from digest.store.database import Database


def merge(database: Database, config: Config, name: str, other_name: str, now: datetime) -> Story:
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
        return join(connection, config, story, other, now)


def split(
    database: Database, config: Config, name: str, chosen: Sequence[int], now: datetime
) -> tuple[Story, Story]:
    """Take reports out of a story, for good: the rest, and the story that they make."""
    with database.write() as connection:
        return part(connection, config, find_story(connection, name), chosen, now)


def join(
    connection: sa.Connection, config: Config, story: Story, other: Story, now: datetime
) -> Story:
    """The reports of `other` become part of `story`, which is told anew where it may be.

    A story that a sealed issue holds stays as it was mailed; an `other` that is in none is gone.
    """
    mine, theirs = _numbers(connection, story), _numbers(connection, other)
    if stories.is_sealed(connection, other.id):
        raise UsageError(
            f"story {other.id} was mailed already and stays as it is",
            remedy=f"name it first: digest stories merge {other.id} {story.id}",
        )
    reports.keep_rule(connection, product(mine, theirs), "together", now)
    reports.settle(connection, [(number, story.id, "an admin merged it") for number in theirs])
    stories.drop(connection, other.id)
    return _retell(connection, config, story, now)


def part(
    connection: sa.Connection,
    config: Config,
    story: Story,
    chosen: Sequence[int],
    now: datetime,
) -> tuple[Story, Story]:
    """The story without the chosen reports, and the new story that these make."""
    members = reports.of_story(connection, story.id)
    strange = [str(number) for number in chosen if number not in members]
    if strange:
        raise UsageError(
            f"story {story.id} has no report {', '.join(strange)}",
            remedy=f"see `digest explain {story.id}`",
        )
    left = [number for number in members if number not in chosen]
    if not left:
        raise UsageError(f"nothing would be left of story {story.id}", remedy="leave a report in")
    reports.keep_rule(connection, product(left, chosen), "apart", now)
    told = [members[number][0] for number in chosen]
    taken = replace(
        write_story(told, source_preferences(config), now), collected_at=story.collected_at
    )
    taken_id = stories.add(connection, taken, now)
    reports.settle(connection, [(number, taken_id, "an admin took it out") for number in chosen])
    return _retell(connection, config, story, now), replace(taken, id=taken_id)


def _numbers(connection: sa.Connection, story: Story) -> list[int]:
    return list(reports.of_story(connection, story.id))


def _retell(connection: sa.Connection, config: Config, story: Story, now: datetime) -> Story:
    """The story from the reports that it has now, unless a sealed issue holds it."""
    if stories.is_sealed(connection, story.id):
        return story
    event = stories.of_event(connection, story.event_id or story.id)
    before = [one for one, _ in event if one.id < story.id]
    members = [report for report, _ in reports.of_story(connection, story.id).values()]
    told = rewrite(connection, story, before, members, source_preferences(config), now)
    stories.update(connection, told, now)
    return told
