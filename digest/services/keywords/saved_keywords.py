"""Which list of keywords counts: of the settings, or what an editor saved in its place."""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from digest.keywords import not_about, only_about
from digest.model import Newsletter
from digest.settings import FeedSource
from digest.store import keyword_lists
from digest.store.keyword_lists import ListKind


def with_saved_keywords(connection: sa.Connection, newsletter: Newsletter) -> Newsletter:
    """A newsletter of the settings with the list that counts."""
    saved = keyword_lists.in_place_of_settings(connection, ListKind.NEWSLETTER).get(newsletter.id)
    if saved is None:
        return newsletter
    block, keep = not_about(saved.keywords), only_about(saved.keywords)
    return replace(newsletter, block=block, keep=keep)


def feeds_with_saved_keywords(
    connection: sa.Connection, feeds: Iterable[FeedSource]
) -> tuple[FeedSource, ...]:
    """Feeds, each with the list that counts."""
    saved_lists = keyword_lists.in_place_of_settings(connection, ListKind.SOURCE)

    def with_saved(feed: FeedSource) -> FeedSource:
        saved = saved_lists.get(feed.id)
        if saved is None:
            return feed
        block, keep = not_about(saved.keywords), only_about(saved.keywords)
        return feed.model_copy(update={"block": block, "keep": keep})

    return tuple(map(with_saved, feeds))
