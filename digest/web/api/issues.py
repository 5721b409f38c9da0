"""Issues: those that were made, and one as it was sealed or would be now."""

import datetime as dt

from pydantic import Field
from typing_extensions import TypedDict

from digest.errors import NotFoundError
from digest.model import Issue, IssueState, Newsletter, Story
from digest.scopes import Scope
from digest.services.issues.edit import edited_issue
from digest.store import api_lists, edits, issues
from digest.store.issues import IssueRecord
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import Day, Page, PageQuery, Slug, page_of_rows

# How far ahead an issue is shown as it would be made.
_AHEAD = dt.timedelta(days=31)


class MadeIssue(TypedDict):
    """An issue in short; `reason` says why it is held, skipped, paused or stopped."""

    id: int
    newsletter: str
    date: dt.date
    state: IssueState
    reason: str


class IssueStory(TypedDict):
    """A story as the issue tells it."""

    id: int
    headline: str
    bullets: list[str]
    topic: str
    source_count: int


class IssueView(TypedDict):
    """An issue: as it was sealed, or as it would be now, with what editors decided of it.

    Before anything is kept of it, `state` is null. `stories` are told in full, the first leads;
    `more` are named by headline alone. Where nothing is new, there are none.
    """

    newsletter: str
    date: dt.date
    state: IssueState | None
    reason: str
    subject: str
    preheader: str
    note: list[str]
    stories: list[IssueStory]
    more: list[IssueStory]
    sealed_at: dt.datetime | None
    finished_at: dt.datetime | None


class IssuesQuery(PageQuery):
    """Which issues."""

    newsletter: Slug | None = Field(None, description="Those of one newsletter.")


def list_all(call: ApiCall, query: IssuesQuery) -> Page[MadeIssue]:
    """List the issues that were made, the last first."""
    with call.project.database.read() as connection:
        rows = api_lists.issues_before(connection, query.after, query.limit + 1, query.newsletter)
    return page_of_rows(rows, query)


def show(call: ApiCall, newsletter: Slug, date: Day) -> Tagged[IssueView]:
    """Show an issue: one that is to come, as it would be sealed now."""
    letter, record = find_issue(call, newsletter, date)
    if record is not None and record.sealed:
        view = _view(letter, date, record.issue, record)
        return Tagged(view, etag_of(*view.values()))
    edited = edited_issue(call.project, letter, date)
    view = _view(letter, date, edited.issue, record)
    with call.project.database.read() as connection:
        stamp = edits.stamp(connection, letter.id, date)
    return Tagged(view, etag_of(stamp, *view.values()))


def find_issue(
    call: ApiCall, newsletter: str, date: dt.date
) -> tuple[Newsletter, IssueRecord | None]:
    """The newsletter and what is kept of its issue; NotFoundError where there can be none."""
    letter = call.newsletter(newsletter)
    with call.project.database.read() as connection:
        record = issues.find(connection, letter.id, date)
    today = call.project.today(letter)
    if record is None and not today <= date <= today + _AHEAD:
        raise NotFoundError(f"there is no issue {letter.id}-{date}", remedy="see /issues")
    return letter, record


def _view(
    letter: Newsletter, date: dt.date, issue: Issue | None, record: IssueRecord | None
) -> IssueView:
    return {
        "newsletter": letter.id,
        "date": date,
        "state": record.state if record else None,
        "reason": record.reason if record else "",
        "subject": issue.subject if issue else "",
        "preheader": issue.preheader if issue else "",
        "note": list(issue.note) if issue else [],
        "stories": [_story(story) for story in issue.stories] if issue else [],
        "more": [_story(story) for story in issue.more] if issue else [],
        "sealed_at": record.sealed_at if record else None,
        "finished_at": record.finished_at if record else None,
    }


def _story(story: Story) -> IssueStory:
    return {
        "id": story.id,
        "headline": story.headline,
        "bullets": list(story.bullets),
        "topic": story.topic,
        "source_count": story.source_count,
    }


ONE = "/issues/{newsletter}/{date}"
operations = [
    Operation("GET", "/issues", list_all, Scope.ISSUES_READ),
    Operation("GET", ONE, show, Scope.ISSUES_READ),
]
