"""All public addresses, in parts of a bounded number: the pages, the issues of a year, stories.

A part of stories is a range of numbers, so that it does not change any more once it is full.
"""

from collections.abc import Iterator
from datetime import datetime

from digest.model import story_slug
from digest.services.site.public_pages import PublicPages
from digest.store import published

STORIES_A_PART = 10_000

Place = tuple[str, datetime | None]


def part_names(public_pages: PublicPages) -> list[str]:
    """`pages`, `issues-2026`, `stories-0`: what there is now."""
    with public_pages.project.database.read() as connection:
        years = published.issue_years(connection, public_pages.ids)
        last = published.last_story(connection, public_pages.ids)
    parts = range(last // STORIES_A_PART + 1) if last else range(0)
    return ["pages", *(f"issues-{year}" for year in years), *(f"stories-{n}" for n in parts)]


def find_part(public_pages: PublicPages, name: str) -> list[Place] | None:
    """Path and last change of each page of a part; None where there is no such part."""
    if name not in part_names(public_pages):
        return None
    kind, _, number = name.partition("-")
    if kind == "pages":
        return list(_pages(public_pages))
    return list(
        _issues(public_pages, int(number))
        if kind == "issues"
        else _stories(public_pages, int(number))
    )


def _pages(public_pages: PublicPages) -> Iterator[Place]:
    yield from (("/", None), ("/issues", None))
    yield from ((f"/issues/{letter.id}", None) for letter in public_pages.letters)
    yield from (
        (f"/topics/{topic.id}", None) for topic in public_pages.project.config.topics.topics
    )


def _issues(public_pages: PublicPages, year: int) -> Iterator[Place]:
    with public_pages.project.database.read() as connection:
        for letter, day, sealed_at in published.issues_of_year(connection, public_pages.ids, year):
            yield f"/issues/{letter}/{day}", sealed_at


def _stories(public_pages: PublicPages, part: int) -> Iterator[Place]:
    first = part * STORIES_A_PART
    with public_pages.project.database.read() as connection:
        rows = published.stories_between(
            connection, public_pages.ids, first, first + STORIES_A_PART
        )
        for number, headline, updated_at in rows:
            yield f"/stories/{story_slug(number, headline)}", updated_at
