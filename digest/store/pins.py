"""What an admin pinned: stories that come before all others, in an order of their own."""

from collections.abc import Sequence

import sqlalchemy as sa

from digest.store.schema import stories


def in_order(connection: sa.Connection) -> list[int]:
    """The pinned stories, the first one first."""
    query = sa.select(stories.c.id).where(stories.c.pinned)
    return list(connection.scalars(query.order_by(stories.c.pin_place, stories.c.id)))


def set_order(connection: sa.Connection, ordered: Sequence[int]) -> None:
    """These stories are pinned, in this order; what is pinned and is not among them stays so."""
    if ordered:
        places = [{"story": number, "place": place} for place, number in enumerate(ordered, 1)]
        placing = (
            sa.update(stories)
            .where(stories.c.id == sa.bindparam("story"))
            .values(pinned=True, pin_place=sa.bindparam("place"))
        )
        connection.execute(placing, places)


def unpin(connection: sa.Connection, story_id: int) -> bool:
    """Let a story go; whether it was pinned."""
    done = connection.execute(
        sa.update(stories)
        .where(stories.c.id == story_id, stories.c.pinned)
        .values(pinned=False, pin_place=0)
    )
    return done.rowcount > 0
