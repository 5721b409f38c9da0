"""The issue of a date as the stories and the edits in the store make it now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa

from digest.config import Config
from digest.issue_edits import Edits
from digest.model import Issue, Newsletter, Story
from digest.services.keywords.saved_keywords import with_saved_keywords
from digest.store import edits, stories


def compose_issue(
    connection: sa.Connection,
    config: Config,
    newsletter: Newsletter,
    day: date,
    decided: Edits | None = None,
) -> Issue | None:
    """The issue of a date from the stories that are new for it; None where there are none.

    `decided` are its edits, where somebody has read them already.
    """
    from digest.compose.issue import compose

    if decided is None:
        decided = edits.in_force(connection, newsletter.id, day)
    fresh = _unsealed(connection, newsletter, day, decided)
    newsletter = with_saved_keywords(connection, newsletter)
    return compose(newsletter, day, fresh, config.topics, decided)


def stories_now(connection: sa.Connection, newsletter: Newsletter, day: date) -> list[Story]:
    """The stories that could be told on a date, as editors would have them told now."""
    decided = edits.in_force(connection, newsletter.id, day)
    edited = decided.apply(_unsealed(connection, newsletter, day, decided))
    return edited if newsletter.images != "none" else [replace(s, picture=None) for s in edited]


def _unsealed(
    connection: sa.Connection, newsletter: Newsletter, day: date, decided: Edits
) -> Iterator[Story]:
    return stories.unsealed(
        connection,
        newsletter.id,
        day - timedelta(days=newsletter.window_days),
        newsletter.zone,
        older=decided.dated_stories,
        # A story by hand is in the issue that it was written for, and in no other.
        withdrawn=decided.own_stories,
    )
