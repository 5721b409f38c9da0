"""Addresses that get nothing more."""

from datetime import datetime

from pydantic import Field
from typing_extensions import TypedDict

from digest.model import SuppressionReason
from digest.scopes import Scope
from digest.services.subscribers import manage
from digest.store import api_lists
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import Line, ListQuery, Page, Strict


class SuppressionView(TypedDict):
    """An address by its hash; `email` is null where nothing else is known of it."""

    address_hash: str
    email: str | None
    reason: SuppressionReason
    created_at: datetime


class SuppressionsQuery(ListQuery):
    """Which part of the list is asked for."""

    cursor: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="What `next` of the page before says: take it as it comes.",
    )


class AddressToLift(Strict):
    """An address that asked to get mail again, or works again."""

    email: Line


class Lifted(TypedDict):
    """What stood against mail to the address; null where nothing did."""

    reason: SuppressionReason | None


def list_all(call: ApiCall, query: SuppressionsQuery) -> Page[SuppressionView]:
    """List the addresses that get nothing more, in the order of their hashes."""
    with call.project.database.read() as connection:
        rows = api_lists.suppressions_after(connection, query.cursor or "", query.limit + 1)
    shown = rows[: query.limit]
    is_cut = len(rows) > query.limit
    return {
        "items": shown,  # type: ignore[typeddict-item] # rows have these columns
        "next": shown[-1]["address_hash"] if is_cut else None,
    }


def lift(call: ApiCall, body: AddressToLift) -> Lifted:
    """Let an address get mail again; only if it asked, or works again."""
    database, now = call.project.database, call.project.clock()
    return {"reason": manage.lift_suppression(database, body.email, now, who=call.who)}


operations = [
    Operation("GET", "/suppressions", list_all, Scope.SUPPRESSIONS_READ),
    Operation("POST", "/suppressions/lift", lift, Scope.SUPPRESSIONS_EDIT),
]
