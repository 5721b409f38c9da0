"""What an admin pinned: stories that come before all others."""

import sqlalchemy as sa

from digest.store.schema import stories


def set_pinned(connection: sa.Connection, story_id: int, pinned: bool) -> bool:
    """Pin a story, or let it go; whether that changed anything."""
    done = connection.execute(
        sa.update(stories)
        .where(stories.c.id == story_id, stories.c.pinned.is_not(pinned))
        .values(pinned=pinned)
    )
    return done.rowcount > 0
