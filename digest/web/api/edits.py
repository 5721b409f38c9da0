"""Edits: what is decided of an issue that is not sealed yet. Each is kept, and undone alone."""

import datetime as dt
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field
from typing_extensions import TypedDict

from digest.app import make_picture_fetcher
from digest.errors import NotFoundError
from digest.issue_edits import Edit, EditKind
from digest.model import Newsletter
from digest.roles import Role
from digest.scopes import Scope
from digest.services.issues.choose_picture import choose_picture
from digest.services.issues.edit import edits_made, make_edits, redo_edit, undo_edit
from digest.services.issues.edit_rules import (
    LONGEST_BULLET,
    LONGEST_NOTE,
    MOST_BULLETS,
    required_role,
)
from digest.services.issues.own_story import OwnStory, add_own_story
from digest.store import edits
from digest.store.database import exclusively
from digest.store.edits import EditRecord
from digest.web.api.issues import ONE, find_issue
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import SEEN, Day, Number, SeenLine, Slug, Strict


class EditView(TypedDict):
    """A decision; `before` is what it changed. One that was undone counts no more."""

    id: int
    newsletter: str
    date: dt.date
    kind: EditKind
    story: int | None
    lines: list[str]
    before: list[str]
    made_by: str
    made_at: dt.datetime
    undone_by: str | None
    undone_at: dt.datetime | None


class EditList(TypedDict):
    """All edits of an issue, in the order in which they were made."""

    items: list[EditView]


class IssueWords(Strict):
    """The subject of the mail, or what mail programs show after it."""

    kind: Literal["subject", "preheader"]
    text: SeenLine

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind(self.kind), (self.text,))


class IssueNote(Strict):
    """What the issue opens with, a paragraph a line."""

    kind: Literal["note"]
    paragraphs: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_NOTE, pattern=SEEN)]],
        Field(min_length=1, max_length=10),
    ]

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.NOTE, tuple(self.paragraphs))


class StoryOrder(Strict):
    """The stories that come first, by their numbers."""

    kind: Literal["order"]
    stories: Annotated[list[Number], Field(min_length=1, max_length=200)]

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.ORDER, tuple(map(str, self.stories)))


class StoryPlace(Strict):
    """The story that opens the issue, or one that is not in it."""

    kind: Literal["lead", "hide"]
    story: Number

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind(self.kind), (), self.story)


class StoryHeadline(Strict):
    """A story's headline."""

    kind: Literal["headline"]
    story: Number
    text: SeenLine

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.HEADLINE, (self.text,), self.story)


class PictureWords(Strict):
    """What a story's picture shows; null where it is ornament."""

    kind: Literal["alt"]
    story: Number
    text: SeenLine | None

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.ALT, () if self.text is None else (self.text,), self.story)


class StoryPicture(Strict):
    """The picture that a story shows, of those that its reports name; null for none."""

    kind: Literal["picture"]
    story: Number
    image: Annotated[str, Field(max_length=2_000, pattern=SEEN)] | None


class StoryByHand(Strict):
    """A story that no source told; without a source it is the newsletter's own."""

    kind: Literal["story"]
    headline: SeenLine
    bullets: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_BULLET, pattern=SEEN)]],
        Field(min_length=1, max_length=MOST_BULLETS),
    ]
    topic: Slug
    source: SeenLine | None = None
    link: Annotated[str, Field(max_length=2_000, pattern=SEEN)] | None = None


class StoryTopic(Strict):
    """A story's topic in this issue."""

    kind: Literal["topic"]
    story: Number
    topic: Slug

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.TOPIC, (self.topic,), self.story)


class StoryBullets(Strict):
    """A story's bullets."""

    kind: Literal["bullets"]
    story: Number
    bullets: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_BULLET, pattern=SEEN)]],
        Field(min_length=1, max_length=MOST_BULLETS),
    ]

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.BULLETS, tuple(self.bullets), self.story)


class StoryDays(Strict):
    """The first and the last date on which a story is news; null for neither."""

    kind: Literal["days"]
    story: Number
    first: Day | None = None
    last: Day | None = None

    def edit(self) -> Edit:
        """As it is kept."""
        return Edit(EditKind.DAYS, (str(self.first or ""), str(self.last or "")), self.story)


NewEdit = Annotated[
    IssueWords
    | IssueNote
    | StoryOrder
    | StoryPlace
    | StoryHeadline
    | PictureWords
    | StoryPicture
    | StoryByHand
    | StoryTopic
    | StoryBullets
    | StoryDays,
    Field(discriminator="kind"),
]


class EditState(Strict):
    """Whether an edit counts no more."""

    undone: bool


def list_all(call: ApiCall, newsletter: Slug, date: Day) -> Tagged[EditList]:
    """List the edits of an issue; the ETag is for the next one."""
    letter, _ = find_issue(call, newsletter, date)
    with call.project.database.read() as connection:
        stamp = edits.stamp(connection, letter.id, date)
    records = edits_made(call.project, letter, date)
    return Tagged({"items": [_view(record) for record in records]}, etag_of(stamp))


def add(call: ApiCall, newsletter: Slug, date: Day, body: NewEdit) -> Tagged[EditView]:
    """Edit an issue, if its edits are still those that were seen."""
    letter, _ = find_issue(call, newsletter, date)

    def etag(connection: sa.Connection) -> str:
        exclusively(connection)
        return etag_of(edits.stamp(connection, letter.id, date))

    with call.changing(etag):
        record = _keep(call, letter, date, body)
    return Tagged(_view(record), _etag(record), f"/edits/{record.id}")


def show(call: ApiCall, number: Number) -> Tagged[EditView]:
    """Show an edit."""
    with call.project.database.read() as connection:
        record = _read(connection, number)
    return Tagged(_view(record), _etag(record))


def change(call: ApiCall, number: Number, body: EditState) -> Tagged[EditView]:
    """Undo an edit, or redo it. A hold, a skip and another hour ask for `issues:approve`."""
    with call.project.database.read() as connection:
        kind = _read(connection, number).edit.kind
    call.require(
        Scope.ISSUES_APPROVE if required_role(kind) is Role.PUBLISHER else Scope.ISSUES_EDIT
    )

    def etag(connection: sa.Connection) -> str:
        exclusively(connection)
        return _etag(_read(connection, number))

    with call.changing(etag):
        (undo_edit if body.undone else redo_edit)(call.project, number, call.who)
    return show(call, number)


def _keep(call: ApiCall, letter: Newsletter, day: dt.date, body: NewEdit) -> EditRecord:
    """By the services that the editors' pages call: a picture is made, a story is written."""
    project = call.project
    match body:
        case StoryPicture():
            return choose_picture(
                project,
                letter,
                day,
                body.story,
                body.image or "",
                call.who,
                lambda: make_picture_fetcher(project.config, project.clock),
            )
        case StoryByHand():
            written = OwnStory(
                body.headline,
                tuple(body.bullets),
                body.topic,
                body.source or "",
                body.link or "",
            )
            return add_own_story(project, letter, day, written, call.who)
        case _:
            (record,) = make_edits(project, letter, day, [body.edit()], call.who)
            return record


def _read(connection: sa.Connection, number: int) -> EditRecord:
    record = edits.get(connection, number)
    if record is None:
        raise NotFoundError(f"there is no edit {number}", remedy="see the edits of an issue")
    return record


def _view(record: EditRecord) -> EditView:
    return {
        "id": record.id,
        "newsletter": record.newsletter,
        "date": record.date,
        "kind": record.edit.kind,
        "story": record.edit.story,
        "lines": list(record.edit.lines),
        "before": list(record.before),
        "made_by": record.made_by,
        "made_at": record.made_at,
        "undone_by": record.undone_by,
        "undone_at": record.undone_at,
    }


def _etag(record: EditRecord) -> str:
    return etag_of(record.id, record.undone_at)


_OF_ISSUE = f"{ONE}/edits"
operations = [
    Operation("GET", _OF_ISSUE, list_all, Scope.ISSUES_READ),
    Operation(
        "POST", _OF_ISSUE, add, Scope.ISSUES_EDIT, status=201, conditional=True, creates=True
    ),
    Operation("GET", "/edits/{number}", show, Scope.ISSUES_READ),
    Operation("PATCH", "/edits/{number}", change, Scope.ISSUES_EDIT, conditional=True),
]
