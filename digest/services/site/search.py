"""What the archive has on something: public stories, with where they say it."""

from dataclasses import dataclass

from digest.model import Topic
from digest.search_terms import Piece, SearchQuery, excerpt, marked
from digest.services.site.public_pages import Named, PageNumber, PublicPages
from digest.store import published, search

HITS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A story that has what was looked for."""

    named: Named
    headline: list[Piece]
    excerpt: list[Piece]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A query and a page of what was found, newest first; `topics` are those to choose among."""

    query: SearchQuery
    topics: tuple[Topic, ...]
    hits: tuple[Hit, ...]
    page: PageNumber


def search_page(public_pages: PublicPages, query: SearchQuery, number: int) -> SearchPage:
    """A page of the stories that a query asks for; none for a query that asks for nothing."""
    topics = public_pages.project.config.topics.topics
    if query.is_empty:
        return SearchPage(query, topics, (), PageNumber(number, has_next=False))
    reach = public_pages.reach(query.topic) if query.topic else ()
    with public_pages.project.database.read() as connection:
        numbers = search.find(
            connection,
            query,
            public_pages.ids,
            topics=reach,
            limit=HITS_A_PAGE + 1,
            offset=(number - 1) * HITS_A_PAGE,
        )
        entries = published.of_numbers(connection, numbers[:HITS_A_PAGE], public_pages.ids)
    hits = tuple(
        Hit(
            public_pages.named(entry),
            marked(entry.story.headline, query.wanted),
            excerpt(entry.story.bullets, query.wanted),
        )
        for entry in entries
    )
    return SearchPage(query, topics, hits, PageNumber(number, len(numbers) > HITS_A_PAGE))
