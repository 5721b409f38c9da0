"""Keywords of newsletters and feeds: what counts, what a list would change, and saving it."""

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import DigestError, UsageError
from digest.parsing import read_number
from digest.roles import Role
from digest.services.keywords import save
from digest.services.keywords.save import ListChange, ListConflictError, OwnedList
from digest.services.keywords.trial import SPAN, read_list
from digest.store import keyword_lists
from digest.store.keyword_lists import ListKind
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.error_words import sentence_of

HERE = "/admin/keywords"
# Of what a list would take out or let through so many are seen at once; no more than `_SHOWN`.
_AT_ONCE, _SHOWN = 10, 50


def show(asked: AdminRequest) -> Response:
    """The list that counts, of the newsletter or feed that the address names."""
    return _page(asked, _owned(asked, asked.param("of")))


def try_list(asked: AdminRequest) -> Response:
    """What a list would change; nothing is kept.

    Without a newsletter or feed that it is of, it is a subscriber's, of the newsletter's stories.
    """
    of_subscriber = not asked.field("of")
    listed = _owned(asked, asked.field("of") or f"newsletter:{asked.field('newsletter')}")
    if of_subscriber:
        listed = replace(listed, in_settings=(), saved=None)
    try:
        keywords = read_list(asked.field("keywords"), may_be_empty=not of_subscriber)
        change = save.change_of(asked.project, listed, keywords)
    except DigestError as error:
        return _page(asked, listed, fault=sentence_of(error), status=400)
    return _page(asked, listed, change, of_subscriber=of_subscriber)


def save_list(asked: AdminRequest) -> Response:
    """Let it count; where somebody else saved one meanwhile, both are shown."""
    listed = _owned(asked, asked.field("of"))
    text, saw = asked.field("keywords"), read_number(asked.field("saw"))
    try:
        save.save_list(asked.project, listed.kind, listed.owner, text, asked.who, saw)
    except ListConflictError as conflict:
        change = save.change_of(asked.project, conflict.theirs, conflict.yours)
        return _page(asked, conflict.theirs, change, fault=sentence_of(conflict), status=409)
    except DigestError as error:
        return _page(asked, listed, fault=sentence_of(error), status=400)
    return asked.back(_path(listed), "It is saved, and counts with the next round.")


def turn(asked: AdminRequest) -> Response:
    """Undo or redo what was saved last, or give the list back to the settings."""
    listed = _owned(asked, asked.field("of"))
    act = {"undo": save.undo_list, "redo": save.redo_list, "settings": save.follow_settings}
    try:
        act[asked.field("do")](asked.project, listed.kind, listed.owner, asked.who)
    except KeyError:
        return asked.back(_path(listed), "That is no button of this page.", is_fault=True)
    except UsageError as error:
        return asked.back(_path(listed), sentence_of(error), is_fault=True)
    return asked.back(_path(listed))


def _path(listed: OwnedList) -> str:
    return f"{HERE}?of={listed.kind}:{listed.owner}"


def _owned(asked: AdminRequest, named: str) -> OwnedList:
    """The list of `newsletter:daily` or `source:times`; of the first newsletter by itself."""
    project = asked.project
    kind, _, owner = named.partition(":")
    with project.database.read() as connection:
        if kind not in set(ListKind) or not owner:
            kind, owner = ListKind.NEWSLETTER, project.config.first_newsletter.id
        return save.owned_list(connection, project.config, ListKind(kind), owner)


def _page(
    asked: AdminRequest,
    listed: OwnedList,
    change: ListChange | None = None,
    *,
    fault: str = "",
    status: int = 200,
    of_subscriber: bool = False,
) -> Response:
    project = asked.project
    with project.database.read() as connection:
        lists = save.owned_lists(connection, project.config)
        history = keyword_lists.history(connection, listed.kind, listed.owner, save.SHOWN)
    return asked.page(
        "keywords.html.j2",
        status=status,
        lists=lists,
        listed=listed,
        typed=asked.field("keywords") if "keywords" in asked.form else None,
        change=change,
        history=history,
        undone=save.undone_last(history, listed),
        days=SPAN.days,
        at_once=_AT_ONCE,
        shown=_SHOWN,
        fault=fault,
        of_subscriber=of_subscriber,
    )


routes: list[BaseRoute] = [
    admin_route(HERE, show, role=Role.VIEWER),
    admin_route(HERE, try_list, methods=["POST"], role=Role.VIEWER),
    admin_route(f"{HERE}/save", save_list, methods=["POST"], role=Role.PUBLISHER),
    admin_route(f"{HERE}/turn", turn, methods=["POST"], role=Role.PUBLISHER),
]
