"""Who got an issue, and who did not."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from digest.errors import NotFoundError
from digest.model import DeliveryState
from digest.scopes import Scope
from digest.store import api_lists, issues
from digest.text import mask_addresses
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import Day, Page, PageQuery, Slug, page_of_rows


class DeliveryView(TypedDict):
    """One issue to one subscriber; `email` is null of somebody who was erased.

    `cause` says why it came to be so, `reply` is what the server said, without addresses.
    """

    subscriber_id: int
    email: str | None
    state: DeliveryState
    cause: str | None
    attempts: int
    server: str | None
    code: int | None
    reply: str | None
    due_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


class DeliveriesQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = Field(None, description="Those in this state alone.")


def list_all(
    call: ApiCall, newsletter: Slug, date: Day, query: DeliveriesQuery
) -> Page[DeliveryView]:
    """List the deliveries of an issue, by the subscribers' numbers."""
    letter = call.newsletter(newsletter)
    issue = (letter.id, date)
    with call.project.database.read() as connection:
        rows = api_lists.deliveries_after(
            connection, issue, query.after or 0, query.limit + 1, query.state
        )
        if not rows and issues.number_of(connection, *issue) is None:
            raise NotFoundError("this issue was not made yet", remedy="see /issues")
    for row in rows:
        row["reply"] = row["reply"] and mask_addresses(row["reply"])
    return page_of_rows(rows, query, "subscriber_id")


operations = [
    Operation("GET", "/issues/{newsletter}/{date}/deliveries", list_all, Scope.DELIVERIES_READ),
]
