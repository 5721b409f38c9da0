"""The page of one story of an issue: its words beside what they were, pictures, days, reports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.app import make_picture_fetcher
from digest.errors import NotFoundError, UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Story
from digest.parsing import read_number
from digest.roles import Role
from digest.services.issues.approval import approval_status
from digest.services.issues.choose_picture import choose_picture
from digest.services.issues.describe_edit import describe_edit, headlines_of, quoted
from digest.services.issues.edit import EditConflictError, EditedIssue, edited_issue
from digest.services.issues.edit_rules import LONGEST_BULLET, LONGEST_LINE, MOST_BULLETS, find_in
from digest.services.issues.story_material import StoryMaterial, read_material
from digest.services.stories import merge_split
from digest.store import edits
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.edit import decide, saw
from digest.web.admin.issues import ISSUE, IssueAsked, issue_asked
from digest.web.admin.layout import short_day
from digest.web.admin.word_diff import DiffPiece, word_diff

STORY = f"{ISSUE}/edit/{{story:row}}"


# More make a page too large, and a list in which nobody finds anything.
MOST_OTHERS = 250


@dataclass(frozen=True, slots=True)
class StoryAsked:
    """The story that a page is about: as the issue has it, None where it is in it no more."""

    issue: IssueAsked
    number: int
    edited: EditedIssue
    told: Story | None

    @property
    def path(self) -> str:
        """Its address."""
        return f"{self.issue.path}/edit/{self.number}"

    @property
    def place(self) -> str:
        """Where the issue tells it: `lead`, `story` or `more`; empty where it does not."""
        issue = self.edited.issue
        if issue is None or self.told is None:
            return ""
        if self.told in issue.more:
            return "more"
        return "lead" if self.number == issue.lead.id else "story"


def show(asked: AdminRequest) -> Response:
    """The page; of an issue that was sealed its preview, since nothing of it can be changed."""
    story = _story_asked(asked)
    if story.edited.sealed_at is not None:
        return asked.back(story.issue.path)
    try:
        return _page(asked, story)
    except NotFoundError:
        gone = "This story is not there any more: somebody made it part of another one."
        return asked.back(f"{story.issue.path}/edit", gone, is_fault=True)


def _story_asked(asked: AdminRequest) -> StoryAsked:
    issue, number = issue_asked(asked), asked.request.path_params["story"]
    if number >= 10**18:
        raise HTTPException(404)
    edited = edited_issue(asked.project, issue.newsletter, issue.date)
    stories = edited.issue.all_stories if edited.issue else ()
    told = next((story for story in stories if story.id == number), None)
    return StoryAsked(issue, number, edited, told)


def _page(
    asked: AdminRequest,
    story: StoryAsked,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: UsageError | None = None,
) -> Response:
    issue = story.issue
    with asked.project.database.read() as connection:
        material = read_material(connection, story.number, asked.project.clock())
        stamp = edits.stamp(connection, issue.newsletter.id, issue.date)
        approval = approval_status(connection, issue.newsletter, issue.date)
    told = story.told or material.story
    days = story.edited.in_force.find(EditKind.DAYS, story.number)
    headlines = headlines_of(asked.project, story.edited.records, story.edited.issue)
    return asked.page(
        "edit_story.html.j2",
        status=409 if isinstance(refusal, EditConflictError) else 400 if refusal else 200,
        issue=issue,
        story=story,
        edited=story.edited,
        told=told,
        material=material,
        days=days.lines if days else ("", ""),
        records=[r for r in story.edited.records if r.edit.story == story.number],
        changes=_changes(told, material),
        others=_others(story.edited, told),
        stamp=stamp,
        approval=approval,
        typed=typed or {},
        refusal=refusal,
        describe=partial(describe_edit, names=quoted(headlines), tell_day=short_day),
        earlier=read_number(asked.param("earlier")) or 0,
        topics=asked.project.config.topics,
        limits={"line": LONGEST_LINE, "bullet": LONGEST_BULLET, "bullets": MOST_BULLETS},
    )


def _others(edited: EditedIssue, told: Story) -> list[Story]:
    """What it may be joined with, first those of its topic, since they are of one event most."""
    stories = edited.issue.all_stories if edited.issue else ()
    others = [story for story in stories if story.id != told.id]
    return sorted(others, key=lambda story: story.topic != told.topic)[:MOST_OTHERS]


def _changes(told: Story, material: StoryMaterial) -> dict[str, tuple[DiffPiece, ...]]:
    """What editors changed of the words, beside what they were."""
    before = material.story
    pairs = {
        "headline": (before.headline, told.headline),
        "bullets": ("\n".join(before.bullets), "\n".join(told.bullets)),
    }
    return {name: word_diff(*pair) for name, pair in pairs.items() if pair[0] != pair[1]}


def write(asked: AdminRequest) -> Response:
    """Keep headline, bullets, topic, what the picture shows, days: whatever the form has."""
    story = _story_asked(asked)
    names = [name for name in asked.form if name in _LINES]
    typed = {name: asked.field(name) for name in (*names, "first", "last") if name in asked.form}
    try:
        for name in names:
            kind = EditKind(name)
            edit = Edit(kind, _LINES[name](asked), story.number)
            decide(asked, story.issue, edit, _lines_now(story, kind))
    except UsageError as refusal:
        return _page(asked, story, typed=typed, refusal=refusal)
    return asked.back(story.path)


def _split_lines(asked: AdminRequest) -> tuple[str, ...]:
    lines = (line.strip().removeprefix("- ") for line in asked.field("bullets").splitlines())
    return tuple(filter(None, lines))


def _days(asked: AdminRequest) -> tuple[str, ...]:
    lines = (asked.field("first"), asked.field("last"))
    return lines if any(lines) else ()


def _one(name: str) -> Callable[[AdminRequest], tuple[str, ...]]:
    return lambda asked: tuple(filter(None, [asked.field(name)]))


# The lines of an edit, by the name of its kind, as a form has them.
_LINES: dict[str, Callable[[AdminRequest], tuple[str, ...]]] = {
    "headline": _one("headline"),
    "bullets": _split_lines,
    "topic": _one("topic"),
    "alt": _one("alt"),
    "days": _days,
}


def _lines_now(story: StoryAsked, kind: EditKind) -> tuple[str, ...]:
    if kind is EditKind.DAYS:
        days = story.edited.in_force.find(kind, story.number)
        return days.lines if days else ()
    told = find_in(story.edited.issue, story.number)
    lines = {
        EditKind.HEADLINE: (told.headline,),
        EditKind.BULLETS: told.bullets,
        EditKind.TOPIC: (told.topic,),
    }
    return lines.get(kind, (told.picture.alt,) if told.picture else ())


def take_picture(asked: AdminRequest) -> Response:
    """Let the story show another picture, or none."""
    story = _story_asked(asked)
    project = asked.project
    try:
        choose_picture(
            project,
            story.issue.newsletter,
            story.issue.date,
            story.number,
            asked.field("image"),
            asked.who,
            lambda: make_picture_fetcher(project.config, project.clock),
            saw=saw(asked),
        )
    except UsageError as refusal:
        return _page(asked, story, refusal=refusal)
    return asked.back(story.path)


def merge(asked: AdminRequest) -> Response:
    """Make another story part of this one, for good."""
    story, project = _story_asked(asked), asked.project
    other = asked.field("other")
    merge_split.merge(project.database, project.config, str(story.number), other, asked.actor)
    return asked.back(
        story.path, f"Story {other} is part of this one now. To take it out again, split it."
    )


def split(asked: AdminRequest) -> Response:
    """Take reports out of this story, for good; they make one of their own."""
    story, project = _story_asked(asked), asked.project
    chosen = [number for text in asked.fields("report") if (number := read_number(text))]
    if not chosen:
        return asked.back(story.path, "Choose the reports to take out.", is_fault=True)
    _, new = merge_split.split(
        project.database, project.config, str(story.number), chosen, asked.actor
    )
    return asked.back(story.path, f"They are story {new.id} now: {new.headline}")


routes: list[BaseRoute] = [
    admin_route(STORY, show, role=Role.EDITOR),
    admin_route(STORY, write, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{STORY}/picture", take_picture, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{STORY}/merge", merge, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{STORY}/split", split, methods=["POST"], role=Role.EDITOR),
]
