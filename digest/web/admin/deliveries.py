"""All who did not get an issue, and why: as a page, and as a file."""

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from digest.model import DeliveryState
from digest.roles import Role
from digest.services.delivery.missed import COLUMNS, NOT_SENT, csv_row, missed_of, why_of
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issue_of import issue_of
from digest.web.admin.issue_paths import sending_path

MOST = 200
PATH = f"{sending_path('{newsletter}', '{day}')}/missed"  # type: ignore[arg-type] # a pattern


def show(asked: AdminRequest) -> Response:
    """The first of them; the file has all."""
    newsletter, day = issue_of(asked)
    states, words = _wanted(asked)
    lines = list(islice(missed_of(asked.project, newsletter, day, states, words), MOST + 1))
    return asked.page(
        "deliveries.html.j2",
        newsletter=newsletter,
        day=day,
        lines=lines[:MOST],
        why=why_of,
        has_more=len(lines) > MOST,
        states=NOT_SENT,
        state=asked.param("state"),
        words=words or "",
        path=sending_path(newsletter.id, day),
    )


def download(asked: AdminRequest) -> Response:
    """All of them as CSV."""
    newsletter, day = issue_of(asked)
    lines = missed_of(asked.project, newsletter, day, *_wanted(asked))

    def text() -> Iterator[str]:
        yield _csv(COLUMNS)
        for line in lines:
            yield _csv(csv_row(line))

    name = f"{newsletter.id}-{day}-{asked.param('state') or 'missed'}.csv".replace(" ", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(text(), media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(asked: AdminRequest) -> tuple[tuple[DeliveryState, ...], str | None]:
    """The states and the words of the group that are asked for."""
    state = asked.param("state")
    states = (DeliveryState(state),) if state in list(NOT_SENT) else NOT_SENT
    return states, asked.param("words") or None


def _csv(cells: tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


routes: list[BaseRoute] = [
    admin_route(PATH, show, role=Role.VIEWER),
    admin_route(f"{PATH}.csv", download, role=Role.VIEWER),
]
