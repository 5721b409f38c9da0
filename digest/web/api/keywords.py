"""Keywords of newsletters and feeds: the list that counts, what another would change, saving it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field
from typing_extensions import TypedDict

from digest.keywords import LONGEST_KEYWORD, MOST_KEYWORDS
from digest.scopes import Scope
from digest.services.keywords import save
from digest.services.keywords.save import OwnedList
from digest.services.keywords.trial import TriedItem, read_list
from digest.store.database import exclusively
from digest.store.keyword_lists import ListKind
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import ONE_KEYWORD, Page, PageQuery, Slug, Strict, page_of_list

Keyword = Annotated[str, Field(max_length=LONGEST_KEYWORD + 20, pattern=ONE_KEYWORD)]
# Of what a list would change so many are named, the newest.
MOST_SHOWN = 100


class KeywordListView(TypedDict):
    """The list of a newsletter or a feed that counts, with a + before what is kept.

    `settings` is that of the files, which counts where nobody saved one in its place.
    """

    of: ListKind
    id: str
    name: str
    keywords: list[str]
    saved_by: str | None
    saved_at: datetime | None
    settings: list[str]


class KeywordListBody(Strict):
    """A whole list; an empty one leaves nothing out."""

    keywords: Annotated[list[Keyword], Field(max_length=MOST_KEYWORDS)]


class TriedView(TypedDict):
    """What was collected lately, and the keyword that leaves it out.

    It is null where none does, but nothing is there that is to be kept.
    """

    headline: str
    collected_at: datetime
    keyword: str | None


class TrialView(TypedDict):
    """What a list would change of what came since then: how much, and the newest 100 of each."""

    since: datetime
    newly_blocked: int
    let_through: int
    newly_blocked_items: list[TriedView]
    let_through_items: list[TriedView]


def list_all(call: ApiCall, query: PageQuery) -> Page[KeywordListView]:
    """List them, those of newsletters first."""
    with call.project.database.read() as connection:
        lists = save.owned_lists(connection, call.project.config)
    return page_of_list([_view(listed) for listed in lists], query)


def show(call: ApiCall, of: ListKind, owner: Slug) -> Tagged[KeywordListView]:
    """Show one."""
    listed = _read(call, of, owner)
    return Tagged(_view(listed), _etag(listed))


def try_list(call: ApiCall, of: ListKind, owner: Slug, body: KeywordListBody) -> TrialView:
    """Show what another list would change of the last 14 days; nothing is kept."""
    keywords = read_list(_text(body), may_be_empty=True)
    change = save.change_of(call.project, _read(call, of, owner), keywords)
    blocked, let_through = change.newly_blocked, change.let_through
    return {
        "since": change.after.since,
        "newly_blocked": len(blocked),
        "let_through": len(let_through),
        "newly_blocked_items": _items(blocked),
        "let_through_items": _items(let_through),
    }


def change(
    call: ApiCall, of: ListKind, owner: Slug, body: KeywordListBody
) -> Tagged[KeywordListView]:
    """Let a list count in place of that of the settings, with the next round of every process."""
    with call.changing(lambda connection: _etag(_listed(connection, call, of, owner))):
        save.save_list(call.project, of, owner, _text(body), call.who)
    return show(call, of, owner)


def reset(call: ApiCall, of: ListKind, owner: Slug) -> Tagged[KeywordListView]:
    """Let the list of the settings count again."""
    with call.changing(lambda connection: _etag(_listed(connection, call, of, owner))):
        save.follow_settings(call.project, of, owner, call.who)
    return show(call, of, owner)


def _read(call: ApiCall, of: ListKind, owner: str) -> OwnedList:
    with call.project.database.read() as connection:
        return save.owned_list(connection, call.project.config, of, owner)


def _listed(connection: sa.Connection, call: ApiCall, of: ListKind, owner: str) -> OwnedList:
    """The list as it is in a transaction that changes it, which nobody else does meanwhile."""
    exclusively(connection)
    return save.owned_list(connection, call.project.config, of, owner)


def _view(listed: OwnedList) -> KeywordListView:
    saved = listed.saved if listed.is_saved else None
    return {
        "of": listed.kind,
        "id": listed.owner,
        "name": listed.name,
        "keywords": list(listed.keywords),
        "saved_by": saved.saved_by if saved else None,
        "saved_at": saved.saved_at if saved else None,
        "settings": list(listed.in_settings),
    }


def _etag(listed: OwnedList) -> str:
    """Another one after each save and undo, and where the settings say another thing."""
    return etag_of(listed.kind, listed.owner, listed.version, *listed.keywords)


def _text(body: KeywordListBody) -> str:
    """As a person writes it, a keyword a line."""
    return "\n".join(body.keywords)


def _items(items: Sequence[TriedItem]) -> list[TriedView]:
    return [
        {
            "headline": item.headline,
            "collected_at": item.collected_at,
            "keyword": (item.removal.keyword or None) if item.removal else None,
        }
        for item in items[:MOST_SHOWN]
    ]


_ONE = "/keywords/{of}/{owner}"
operations = [
    Operation("GET", "/keywords", list_all, Scope.KEYWORDS_READ),
    Operation("GET", _ONE, show, Scope.KEYWORDS_READ),
    Operation("POST", f"{_ONE}/trial", try_list, Scope.KEYWORDS_READ),
    Operation("PUT", _ONE, change, Scope.KEYWORDS_SAVE, conditional=True),
    Operation("DELETE", _ONE, reset, Scope.KEYWORDS_SAVE, conditional=True),
]
