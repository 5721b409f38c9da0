"""Comments at a draft: what people say of it, on the desk, by mail or through a program."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from digest.scopes import Scope
from digest.services.issues.comments import LONGEST_COMMENT, add_comment, comments_on
from digest.store.comments import Comment
from digest.web.api.issues import ONE, find_issue
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import SEEN, Day, Slug, Strict


class CommentView(TypedDict):
    """What somebody said of the issue of a date."""

    id: int
    text: str
    made_by: str
    made_at: datetime


class CommentList(TypedDict):
    """All comments at an issue, the oldest first."""

    items: list[CommentView]


class NewComment(Strict):
    """What is said; a line of its own for each paragraph."""

    text: Annotated[str, Field(max_length=LONGEST_COMMENT, pattern=SEEN)]


def list_all(call: ApiCall, newsletter: Slug, date: Day) -> CommentList:
    """List the comments at an issue."""
    letter, _ = find_issue(call, newsletter, date)
    return {"items": [_view(comment) for comment in comments_on(call.project, letter.id, date)]}


def add(call: ApiCall, newsletter: Slug, date: Day, body: NewComment) -> CommentView:
    """Say something of an issue."""
    letter, _ = find_issue(call, newsletter, date)
    return _view(add_comment(call.project, letter.id, date, body.text, call.who))


def _view(comment: Comment) -> CommentView:
    return {
        "id": comment.id,
        "text": comment.text,
        "made_by": comment.made_by,
        "made_at": comment.made_at,
    }


_COMMENTS = f"{ONE}/comments"
operations = [
    Operation("GET", _COMMENTS, list_all, Scope.ISSUES_READ),
    Operation("POST", _COMMENTS, add, Scope.ISSUES_EDIT, status=201, creates=True),
]
