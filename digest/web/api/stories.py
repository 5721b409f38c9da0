"""Stories: what is told, and what an admin says of it."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field
from typing_extensions import TypedDict

from digest.errors import NotFoundError, UsageError
from digest.merge.language.publishers import publisher_of
from digest.scopes import Scope
from digest.services.issues.story_material import read_material
from digest.services.stories import edit, merge_split
from digest.services.stories.topic_training import set_topic
from digest.store import api_lists
from digest.store.preconditions import lock
from digest.store.schema import stories
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import Day, Moment, Number, Page, PageQuery, Slug, Strict, page_of_rows

# Of a story's reports so many are taken out at once.
MOST_CHOSEN = 100


class StorySource(TypedDict):
    """Who reported it: a publisher, and the address of its report where that is known."""

    name: str
    url: str | None


class StoryView(TypedDict):
    """A story. `source_count` may be more than `sources` names.

    `pinned` puts it before all others; at `withdrawn_at` an admin dropped it: it goes into no
    issue.
    """

    id: int
    headline: str
    bullets: list[str]
    topic: str
    sources: list[StorySource]
    source_count: int
    dated: Day | None
    collected_at: datetime
    updated_at: datetime
    pinned: bool
    withdrawn_at: datetime | None


class ReportHeadline(TypedDict):
    """What a publisher calls the story."""

    text: str
    publisher: str


class ReportImage(TypedDict):
    """An image that a report names: its address, or its file, and what it is said to show."""

    image: str
    alt: str


class ReportOfStory(TypedDict):
    """One source's account of the event, by its number."""

    id: int
    source: str
    publisher: str
    headline: str
    url: str | None


class MaterialView(TypedDict):
    """The reports of a story, and the headlines and images that they have, each once."""

    reports: list[ReportOfStory]
    headlines: list[ReportHeadline]
    images: list[ReportImage]


class StoriesQuery(PageQuery):
    """Which stories."""

    since: Moment | None = Field(None, description="Collected since then.")


class TopicOfStory(Strict):
    """Another topic, for good."""

    topic: Slug


class PinOfStory(Strict):
    """Whether it stands before all that are not pinned."""

    pinned: bool


class DropOfStory(Strict):
    """Whether it goes into no issue from now on."""

    dropped: bool


class OtherStory(Strict):
    """The story that becomes part of the one of the path."""

    other: Number


class ChosenReports(Strict):
    """The reports that make a story of their own, by their numbers (`/stories/12/material`)."""

    reports: Annotated[list[Number], Field(min_length=1, max_length=MOST_CHOSEN)]


def list_all(call: ApiCall, query: StoriesQuery) -> Page[StoryView]:
    """List stories, the newest first."""
    with call.project.database.read() as connection:
        rows = api_lists.stories_before(connection, query.after, query.limit + 1, query.since)
    return page_of_rows(rows, query)


def show(call: ApiCall, number: Number) -> Tagged[StoryView]:
    """Show a story."""
    with call.project.database.read() as connection:
        view = _read(connection, number)
    return Tagged(view, _etag(view))


def show_material(call: ApiCall, number: Number) -> MaterialView:
    """Show the reports of a story, and what an editor may choose from: headlines and images."""
    with call.project.database.read() as connection:
        if api_lists.story(connection, number) is None:
            raise NotFoundError(f"there is no story {number!r}", remedy="see /stories")
        material = read_material(connection, number, call.project.clock())
    return {
        "reports": [
            {
                "id": number,
                "source": report.source,
                "publisher": publisher_of(report),
                "headline": report.headline,
                "url": report.url,
            }
            for number, report in material.reports.items()
        ],
        "headlines": [
            {"text": text, "publisher": publisher} for text, publisher in material.headlines
        ],
        "images": [{"image": image.url, "alt": image.alt} for image in material.images],
    }


def change(
    call: ApiCall, number: Number, body: TopicOfStory | PinOfStory | DropOfStory
) -> Tagged[StoryView]:
    """Change one thing of a story: its topic, its pin, or whether it is told."""
    database, name = call.project.database, str(number)
    now = call.project.clock()
    with call.changing(lambda connection: _etag(_read(connection, number, locked=True))):
        match body:
            case TopicOfStory():
                topic = call.project.config.topics.find(body.topic)
                if topic is None:
                    raise UsageError(f"there is no topic {body.topic!r}", remedy="see /topics")
                set_topic(database, name, topic.id, now, call.who)
            case PinOfStory(pinned=True):
                edit.pin(database, [name], by=call.actor)
            case PinOfStory():
                edit.unpin(database, [name], call.actor)
            case DropOfStory():
                at = now if body.dropped else None
                edit.set_withdrawn(database, [name], at, call.actor)
    return show(call, number)


def merge(call: ApiCall, number: Number, body: OtherStory) -> Tagged[StoryView]:
    """Make another story part of this one, for good; one that was mailed already stays as it is."""
    project = call.project
    with call.changing(lambda connection: _etag(_read(connection, number, locked=True))):
        merge_split.merge(
            project.database, project.config, str(number), str(body.other), call.actor
        )
    return show(call, number)


def split(call: ApiCall, number: Number, body: ChosenReports) -> Tagged[StoryView]:
    """Take reports out of this story, for good: the answer is the story that they make."""
    project = call.project
    with call.changing(lambda connection: _etag(_read(connection, number, locked=True))):
        _, new = merge_split.split(
            project.database, project.config, str(number), body.reports, call.actor
        )
    answer = show(call, new.id)
    return replace(answer, location=f"/stories/{new.id}")


def _read(connection: sa.Connection, number: int, *, locked: bool = False) -> StoryView:
    if locked:
        lock(connection, stories.c.id == number)
    row = api_lists.story(connection, number)
    if row is None:
        raise NotFoundError(f"there is no story {number!r}", remedy="see /stories")
    return row  # type: ignore[return-value] # a row has these columns


def _etag(view: StoryView) -> str:
    return etag_of(*view.values())


_ONE = "/stories/{number}"
operations = [
    Operation("GET", "/stories", list_all, Scope.STORIES_READ),
    Operation("GET", _ONE, show, Scope.STORIES_READ),
    Operation("GET", f"{_ONE}/material", show_material, Scope.STORIES_READ),
    Operation("PATCH", _ONE, change, Scope.STORIES_EDIT, conditional=True),
    Operation("POST", f"{_ONE}/merge", merge, Scope.STORIES_EDIT, conditional=True),
    Operation(
        "POST",
        f"{_ONE}/split",
        split,
        Scope.STORIES_EDIT,
        status=201,
        conditional=True,
        creates=True,
    ),
]
