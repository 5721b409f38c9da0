"""Keywords: what a list would have kept and blocked, before it is saved anywhere."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import DigestError
from digest.roles import Role
from digest.services.keywords.trial import (
    SPAN,
    KeywordTrial,
    read_list,
    try_on_source,
    try_on_stories,
)
from digest.services.sources.added import all_feeds
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.error_words import sentence_of

HERE = "/admin/keywords"
# Of what was blocked so many are seen at once; of either list no more than `_SHOWN`.
_AT_ONCE, _SHOWN = 10, 50


def show(asked: AdminRequest) -> Response:
    """The form, empty."""
    return _page(asked)


def try_list(asked: AdminRequest) -> Response:
    """What a list would have done; nothing is kept."""
    try:
        return _page(asked, _trial(asked))
    except DigestError as error:
        return _page(asked, fault=sentence_of(error))


def _trial(asked: AdminRequest) -> KeywordTrial:
    """Of what a source told, where the form names one; else of a newsletter's stories."""
    wanted, config = read_list(asked.field("keywords")), asked.project.config
    if asked.field("source"):
        return try_on_source(asked.project, asked.field("source"), wanted)
    newsletter = config.newsletter(asked.field("newsletter")) or config.first_newsletter
    return try_on_stories(asked.project, newsletter, wanted)


def _page(asked: AdminRequest, trial: KeywordTrial | None = None, fault: str = "") -> Response:
    config = asked.project.config
    with asked.project.database.read() as connection:
        feeds = all_feeds(connection, config)
    return asked.page(
        "keywords.html.j2",
        status=400 if fault else 200,
        typed={name: asked.field(name) for name in ("keywords", "source", "newsletter")},
        feeds=feeds,
        newsletters=config.settings.newsletters,
        trial=trial,
        days=SPAN.days,
        at_once=_AT_ONCE,
        shown=_SHOWN,
        fault=fault,
    )


routes: list[BaseRoute] = [
    admin_route(HERE, show, role=Role.VIEWER),
    admin_route(HERE, try_list, methods=["POST"], role=Role.VIEWER),
]
