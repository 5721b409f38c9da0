"""The page on which an issue is edited: its order, its words, a note, what was decided of it."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.compose.issue import PREHEADER_LIMIT, SUBJECT_LIMIT
from digest.compose.move_story import move, step
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Issue
from digest.parsing import read_number
from digest.roles import Role
from digest.services.issues.approval import approval_status
from digest.services.issues.describe_edit import (
    days_in_words,
    describe_edit,
    headlines_of,
    quoted,
)
from digest.services.issues.edit import (
    EditConflictError,
    edited_issue,
    make_edits,
    next_date,
    redo_edit,
    reset,
    undo_edit,
)
from digest.services.issues.edit_rules import LONGEST_LINE, LONGEST_NOTE, required_role
from digest.services.issues.own_story import OwnStory, add_own_story
from digest.store import edits, issues
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issues import ISSUE, IssueAsked, issue_asked
from digest.web.admin.layout import short_day
from digest.web.admin.story_board import MOST_HIDDEN, Board

# About what a phone shows of them in its list of mails.
SUBJECT_ON_PHONE = 40
PREHEADER_ON_PHONE = 90
_WEEK = timedelta(days=7)


def show(asked: AdminRequest) -> Response:
    """The page; of an issue that was sealed its preview, since nothing of it can be changed."""
    issue = issue_asked(asked)
    with asked.project.database.read() as connection:
        record = issues.find(connection, issue.newsletter.id, issue.date)
    if record is not None and record.sealed:
        return asked.back(issue.path)
    return _page(asked, issue)


def _page(
    asked: AdminRequest,
    issue: IssueAsked,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: UsageError | None = None,
) -> Response:
    """The page, with what somebody typed that was not kept, and why."""
    edited = edited_issue(asked.project, issue.newsletter, issue.date)
    with asked.project.database.read() as connection:
        earlier = issues.subjects_before(
            connection, issue.newsletter.id, issue.date, issue.date - _WEEK
        )
        stamp = edits.stamp(connection, issue.newsletter.id, issue.date)
        approval = approval_status(connection, issue.newsletter, issue.date)
    subject = edited.issue.subject if edited.issue else ""
    headlines = headlines_of(asked.project, edited.records, edited.issue)
    return asked.page(
        "edit.html.j2",
        status=409 if isinstance(refusal, EditConflictError) else 400 if refusal else 200,
        issue=issue,
        edited=edited,
        next_date=next_date(asked.project, issue.newsletter),
        board=Board.of(edited, _first_row(asked), len(issue.path)),
        most_hidden=MOST_HIDDEN,
        theirs=[r for r in edited.records if asked.may(required_role(r.edit.kind))],
        stamp=stamp,
        approval=approval,
        typed=typed or {},
        refusal=refusal,
        describe=partial(describe_edit, names=quoted(headlines), tell_day=short_day),
        days_in_words=partial(days_in_words, tell_day=short_day),
        headlines=headlines,
        earlier=read_number(asked.param("earlier")) or 0,
        repeated=next((day for day, told in earlier if _same(told, subject)), None),
        topics=asked.project.config.topics,
        limits={
            "line": LONGEST_LINE,
            "note": LONGEST_NOTE,
            "subject": SUBJECT_LIMIT,
            "preheader": PREHEADER_LIMIT,
            "subject_on_phone": SUBJECT_ON_PHONE,
            "preheader_on_phone": PREHEADER_ON_PHONE,
        },
    )


def _first_row(asked: AdminRequest) -> int:
    """That of the page of stories that is shown, or on which the form stood."""
    return read_number(asked.param("from") or asked.field("from")) or 0


def _back_to(asked: AdminRequest, issue: IssueAsked) -> str:
    """The page of stories on which a form stood."""
    first = _first_row(asked)
    return f"{issue.path}/edit?from={first}" if first else f"{issue.path}/edit"


def _same(first: str, second: str) -> bool:
    """Whether two subjects are one to who reads the list of their mails."""
    return sorted(first.casefold().split()) == sorted(second.casefold().split())


def write_words(asked: AdminRequest) -> Response:
    """Keep subject and preheader; an empty one is made from the lead again."""
    return _write(asked, (EditKind.SUBJECT, EditKind.PREHEADER))


def write_note(asked: AdminRequest) -> Response:
    """Keep the note, a paragraph a line; without a line there is none."""
    return _write(asked, (EditKind.NOTE,))


def _write(asked: AdminRequest, kinds: tuple[EditKind, ...]) -> Response:
    issue = issue_asked(asked)
    typed = {str(kind): asked.field(kind) for kind in kinds}
    try:
        edited = edited_issue(asked.project, issue.newsletter, issue.date)
        for kind in kinds:
            lines = tuple(filter(None, map(str.strip, typed[kind].splitlines())))
            decide(asked, issue, Edit(kind, lines), words_now(edited.issue, kind))
    except UsageError as refusal:
        return _page(asked, issue, typed=typed, refusal=refusal)
    return asked.back(f"{issue.path}/edit")


def words_now(issue: Issue | None, kind: EditKind) -> tuple[str, ...]:
    """What an issue has of a kind of words."""
    if issue is None:
        return ()
    words = {EditKind.SUBJECT: (issue.subject,), EditKind.PREHEADER: (issue.preheader,)}
    return words.get(kind, issue.note)


def decide(asked: AdminRequest, issue: IssueAsked, edit: Edit, now: tuple[str, ...]) -> None:
    """Keep an edit where it is another than what is there; an empty one takes back all before."""
    if edit.lines == now:
        return
    target = (asked.project, issue.newsletter, issue.date)
    if edit.lines:
        make_edits(*target, [edit], asked.who, saw=saw(asked))
    else:
        reset(*target, edit.kind, asked.who, edit.story)


def saw(asked: AdminRequest) -> int | None:
    """The last edit that the page had on which the form stood."""
    return read_number(asked.field("saw"))


def arrange(asked: AdminRequest) -> Response:
    """Let a story lead, take it out, or put it elsewhere: `lead 12`, `hide 12`, or another field.

    The story of `up`, `down` and `move` is the field of that name.
    """
    issue = issue_asked(asked)
    act, _, number = asked.field("do").partition(" ")
    story = read_number(number or asked.field("story"))
    if story is None:
        return asked.back(_back_to(asked, issue), "That is no story.", is_fault=True)
    edited = edited_issue(asked.project, issue.newsletter, issue.date)
    if edited.issue is not None:
        wanted = _wanted(asked, edited.issue, act, story)
        make_edits(asked.project, issue.newsletter, issue.date, wanted, asked.who)
    return asked.back(_back_to(asked, issue))


def _wanted(asked: AdminRequest, issue: Issue, act: str, story: int) -> list[Edit]:
    match act:
        case "lead" | "hide":
            return [Edit(EditKind(act), story=story)]
        case "up" | "down":
            return step(issue, story, -1 if act == "up" else 1)
        case "tell":  # in full, at the end of its topic
            topic = next((told.topic for told in issue.more if told.id == story), "")
            return move(issue, story, topic, None)
        case "move":
            return move(issue, story, asked.field("topic"), read_number(asked.field("before")))
    return []


def write_story(asked: AdminRequest) -> Response:
    """Write a story by hand."""
    issue = issue_asked(asked)
    typed = {name: asked.field(name) for name in ("headline", "bullets", "topic", "source", "link")}
    bullets = tuple(filter(None, map(str.strip, typed["bullets"].splitlines())))
    written = OwnStory(typed["headline"], bullets, typed["topic"], typed["source"], typed["link"])
    try:
        add_own_story(asked.project, issue.newsletter, issue.date, written, asked.who)
    except UsageError as refusal:
        return _page(asked, issue, typed={f"own_{k}": v for k, v in typed.items()}, refusal=refusal)
    return asked.back(f"{issue.path}/edit")


def undo(asked: AdminRequest) -> Response:
    """Let an edit count no more, or again."""
    issue = issue_asked(asked)
    number, act = read_number(asked.field("edit")), asked.field("do")
    back = asked.field("back")
    back = back if back.startswith(f"{issue.path}/") else _back_to(asked, issue)
    if number is not None:
        with asked.project.database.read() as connection:
            record = edits.get(connection, number)
        if record is not None and not asked.may(required_role(record.edit.kind)):
            words = "Whether and when it goes out is for a publisher to say."
            return asked.back(back, words, is_fault=True)
        turn = redo_edit if act == "redo" else undo_edit
        turn(asked.project, number, asked.who)
    return asked.back(back)


routes: list[BaseRoute] = [
    admin_route(f"{ISSUE}/edit", show, role=Role.EDITOR),
    admin_route(f"{ISSUE}/edit/words", write_words, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/edit/note", write_note, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/edit/stories", arrange, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/edit/own", write_story, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/edit/undo", undo, methods=["POST"], role=Role.EDITOR),
]
