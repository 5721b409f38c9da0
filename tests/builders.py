"""Values for tests: each builder takes what matters to the test and fills in the rest."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from digest.model import (
    Issue,
    Newsletter,
    Picture,
    PictureFile,
    Report,
    SourceRef,
    Story,
    Topic,
    TopicTree,
)
from digest.render.layout import Layout, layout_of_all
from digest.render.mail_opening import TOP
from digest.store import reports, stories
from digest.store.reports import ReportState, StoredReport

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 21)

TREE = TopicTree(
    (
        Topic("science", "Science"),
        Topic("space", "Space", "science", ("galaxy", "planet*", "space telescope")),
        Topic("medicine", "Medicine", "science", ("patient", "stem cell", "vaccin*")),
        Topic("culture", "Culture", None, ("museum",)),
    )
)


def newsletter(**changes: Any) -> Newsletter:
    values: dict[str, Any] = {
        "id": "daily",
        "name": "Daily",
        "sender": "Daily <daily@example.org>",
        "postal_address": "1 Example Street",
    }
    return Newsletter(**{**values, **changes})


def report(**changes: Any) -> Report:
    values: dict[str, Any] = {
        "source": "seeds",
        "key": "a.txt",
        "headline": "A headline",
        "bullets": ("A first bullet.", "A second bullet."),
    }
    return Report(**{**values, **changes})


def story(number: int = 1, **changes: Any) -> Story:
    values: dict[str, Any] = {
        "id": number,
        "headline": f"Headline {number}",
        "bullets": (f"First bullet of {number}.", f"Second bullet of {number}."),
        "topic": "space",
        "source_count": 1,
        "sources": (SourceRef("Example Times", "https://example.org/a"),),
        "collected_at": NOON,
        "dropped": DAY,
    }
    return Story(**{**values, **changes})


def issue(*stories: Story, more: tuple[Story, ...] = (), **changes: Any) -> Issue:
    told = stories or (story(1), story(2, topic="medicine"))
    values: dict[str, Any] = {
        "newsletter": "daily",
        "date": DAY,
        "subject": told[0].headline,
        "preheader": (*told[0].bullets, told[0].headline)[0],
        "topics": TREE.topics,
        "stories": told,
        "more": more,
    }
    return Issue(**{**values, **changes})


def keep(connection: sa.Connection, found: Report, told: Story, raw: str) -> int:
    """Keep a report of a file and its story; the story's number."""
    story_id = stories.add(connection, told, told.collected_at)
    kept = StoredReport(found, standing=ReportState.TOLD)
    reports.add(connection, [kept], told.collected_at, raw_hash=raw, story_id=story_id)
    return story_id


def mend(connection: sa.Connection, found: Report, told: Story, raw: str, now: datetime) -> None:
    """The file changed, and with it the story."""
    reports.change(connection, StoredReport(found, standing=ReportState.TOLD), now, raw_hash=raw)
    stories.update(connection, told, now)


def picture(name: str = "0" * 32, alt: str = "A drawing of it", *, wide: bool = True) -> Picture:
    """A picture as it would be kept; there are no files of it."""

    def cut(end: str, width: int, height: int) -> PictureFile:
        stem = f"{name[:-1]}{end}"
        return PictureFile(f"{stem}.jpg", f"{stem}.webp", width, height, 9_000)

    large = cut("a", 1200, 630) if wide else None
    return Picture(alt, cut("b", 600, 400), cut("c", 240, 160), large)


def layout_of_variant(seen: Issue, letter: Newsletter) -> Layout:
    """The pieces of one variant alone: one lead, and groups without it."""
    whole = layout_of_all(seen, letter)
    return replace(
        whole, top=seen.stories[:TOP], leads=(seen.lead,), groups=seen.groups, more=seen.more
    )
