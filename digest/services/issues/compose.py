"""The issue of a date as the stories and the edits in the store make it now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa

from digest.config import Config
from digest.model import Issue, Newsletter, Story
from digest.store import edits, stories


def compose_issue(
    connection: sa.Connection, config: Config, newsletter: Newsletter, day: date
) -> Issue | None:
    """The issue of a date from the stories that are new for it; None where there are none."""
    from digest.compose.issue import compose

    fresh = _unsealed(connection, newsletter, day)
    return compose(
        newsletter, day, fresh, config.topics, edits.in_force(connection, newsletter.id, day)
    )


def stories_now(connection: sa.Connection, newsletter: Newsletter, day: date) -> list[Story]:
    """The stories that could be told on a date, as editors would have them told now."""
    decided = edits.in_force(connection, newsletter.id, day)
    told = decided.apply(_unsealed(connection, newsletter, day))
    return told if newsletter.images != "none" else [replace(s, picture=None) for s in told]


def _unsealed(connection: sa.Connection, newsletter: Newsletter, day: date) -> Iterator[Story]:
    since = day - timedelta(days=newsletter.window_days)
    return stories.unsealed(connection, newsletter.id, since, newsletter.zone)
