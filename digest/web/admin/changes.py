"""What others change of an issue while somebody looks at it, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html. A stream ends after some seconds and
its browser asks again: so a server that stops waits for none, and a log-out counts soon.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from digest.project import Project
from digest.roles import Role
from digest.services.issues.describe_edit import describe_edit
from digest.services.issues.edit import edits_made
from digest.store import edits
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issues import ISSUE, IssueAsked, issue_asked
from digest.web.admin.layout import HEADERS

LOOK_EVERY = 0.5
STREAM_SECONDS = 15.0
_RETRY = 300  # milliseconds


async def changes(asked: AdminRequest) -> Response:
    """A stream that tells of each change after the `stamp` that a page has."""
    issue, stamp = issue_asked(asked), asked.param("stamp")
    headers = HEADERS | {"X-Accel-Buffering": "no"}  # a proxy is to pass each on at once
    stream = _stream(asked.project, issue, stamp)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(project: Project, issue: IssueAsked, stamp: str) -> AsyncIterator[str]:
    yield f"retry: {_RETRY}\n\n"
    ends_at = asyncio.get_running_loop().time() + STREAM_SECONDS
    while asyncio.get_running_loop().time() < ends_at:
        current = await run_in_threadpool(_stamp, project, issue)
        if current != stamp:
            stamp = current
            change = await run_in_threadpool(_last_change, project, issue)
            yield f"id: {stamp}\ndata: {json.dumps({'stamp': stamp} | change)}\n\n"
        await asyncio.sleep(LOOK_EVERY)


def _stamp(project: Project, issue: IssueAsked) -> str:
    with project.database.read() as connection:
        return edits.stamp(connection, issue.newsletter.id, issue.date)


def _last_change(project: Project, issue: IssueAsked) -> dict[str, str]:
    """Who did what last, in words."""
    records = edits_made(project, issue.newsletter, issue.date)
    if not records:
        return {"who": "", "what": ""}
    last = max(records, key=lambda record: (record.undone_at or record.made_at, record.id))
    if last.undone_at is not None:
        return {"who": last.undone_by or "", "what": f"undone: {describe_edit(last)}"}
    return {"who": last.made_by, "what": describe_edit(last)}


routes: list[BaseRoute] = [
    admin_route(f"{ISSUE}/changes", changes, role=Role.VIEWER),
]
