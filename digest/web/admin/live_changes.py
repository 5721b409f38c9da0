"""What others change of an issue while somebody looks at it."""

from functools import partial

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.project import Project
from digest.roles import Role
from digest.services.issues.describe_edit import describe_edit, headlines_of, quoted
from digest.services.issues.edit import edits_made
from digest.store import edits
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issues import ISSUE, IssueAsked, issue_asked
from digest.web.admin.layout import short_day


async def changes(asked: AdminRequest) -> Response:
    """A stream that tells of each change after the `stamp` that a page has."""
    of = asked.project, issue_asked(asked)
    return asked.streams.answer(
        asked.param("stamp"), partial(_stamp, *of), partial(_last_change, *of)
    )


def _stamp(project: Project, issue: IssueAsked) -> str:
    with project.database.read() as connection:
        return edits.stamp(connection, issue.newsletter.id, issue.date)


def _last_change(project: Project, issue: IssueAsked) -> dict[str, str]:
    """Who did what last, in words."""
    records = edits_made(project, issue.newsletter, issue.date)
    if not records:
        return {"who": "", "what": ""}
    last = max(records, key=lambda record: (record.undone_at or record.made_at, record.id))
    what = describe_edit(last, quoted(headlines_of(project, [last])), short_day)
    if last.undone_at is not None:
        return {"who": last.undone_by or "", "what": f"undone: {what}"}
    return {"who": last.made_by, "what": what}


routes: list[BaseRoute] = [
    admin_route(f"{ISSUE}/changes", changes, role=Role.VIEWER),
]
