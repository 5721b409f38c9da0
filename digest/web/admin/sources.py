"""Sources: how each stands, what it told last, and a try of one before it is added."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import NotFoundError, UsageError
from digest.feed_trial import SHOWN, decisions_of, fetch_again, find_feed, state_of
from digest.parsing import read_number
from digest.roles import Role
from digest.services.keywords.blocked import tell_after_all
from digest.services.sources import status
from digest.services.sources.add_feed import NewFeed, add_feed, feed_at, remove_feed
from digest.services.sources.all_feeds import feed_of
from digest.services.sources.status import SourceStatus, source_statuses
from digest.settings import FeedSource
from digest.store import rejections, source_items
from digest.store.feeds import FeedRow
from digest.text import plural
from digest.web.admin.access import AdminRequest, admin_route

HERE = "/admin/sources"
_ITEMS = 20


def show_list(asked: AdminRequest) -> Response:
    """All sources, those that want a look first."""
    project = asked.project
    with project.database.read() as connection:
        statuses = source_statuses(connection, project.config, project.clock())
        rejected = rejections.everything(connection)
    return asked.page(
        "sources.html.j2",
        statuses=sorted(statuses, key=lambda source: not source.state.is_problem),
        rejected=rejected,
    )


def show(asked: AdminRequest) -> Response:
    """One of them, with its last items."""
    project = asked.project
    with project.database.read() as connection:
        statuses = source_statuses(connection, project.config, project.clock())
        items = source_items.latest(connection, _id(asked), _ITEMS)
    return asked.page("source.html.j2", source=_named(asked, statuses), items=items)


def try_one(asked: AdminRequest) -> Response:
    """Ask a feed now, and show what would come of it; nothing is kept."""
    project, id_or_url = asked.project, asked.field("what")
    with project.database.read() as connection:
        config = project.config
        feed = feed_of(connection, config, id_or_url) or feed_at(connection, config, id_or_url)
    if feed is None:
        fetched = find_feed(project, id_or_url)
        with project.database.read() as connection:
            feed = feed_at(connection, config, fetched.url)
        row = state_of(project, feed) if feed else FeedRow("", id_or_url, id_or_url)
    else:
        row = state_of(project, feed)
        fetched = fetch_again(project, feed, row)
    decisions = decisions_of(project, row, fetched)
    return asked.page(
        "source_trial.html.j2",
        feed=feed,
        fetched=fetched,
        decisions=decisions,
        shown=SHOWN,
        topics=project.config.topics,
    )


def add(asked: AdminRequest) -> Response:
    """Keep a feed that was tried: it is asked from the next round on."""
    new = NewFeed(
        asked.field("url"),
        asked.field("title"),
        name=asked.field("name"),
        topic=asked.field("topic"),
    )
    feed = add_feed(asked.project, new, asked.who)
    return asked.back(f"{HERE}/{feed.id}", "It is added, and asked when something collects next.")


def remove(asked: AdminRequest) -> Response:
    """Take out a feed that somebody added here."""
    if not remove_feed(asked.project, _id(asked), asked.who):
        words = "It stands in config/sources.toml: only who runs the machine takes it out."
        return asked.back(_page_of(asked), words, is_fault=True)
    return asked.back(HERE, f"{_id(asked)} is no source any more. Its stories stay.")


def pause(asked: AdminRequest) -> Response:
    """Ask a feed no more."""
    status.pause(asked.project.database, _feed(asked), asked.project.clock(), who=asked.who)
    return asked.back(_page_of(asked), "It is paused: it is asked no more.")


def resume(asked: AdminRequest) -> Response:
    """Ask it again."""
    status.resume(asked.project.database, _feed(asked), asked.project.clock(), who=asked.who)
    return asked.back(_page_of(asked), "It is asked again when something collects next.")


def release(asked: AdminRequest) -> Response:
    """Trust a quarantined source again."""
    is_dropped = bool(asked.field("drop"))
    count = status.release(
        asked.project.database,
        _feed(asked).id,
        asked.project.clock(),
        drop=is_dropped,
        who=asked.who,
    )
    fate = "will not be told" if is_dropped else "will be told"
    return asked.back(_page_of(asked), f"It is released; {plural(count, 'item')} {fate}.")


def unblock(asked: AdminRequest) -> Response:
    """Tell after all what the source's keywords blocked."""
    report = read_number(asked.field("report"))
    if report is None:
        raise UsageError("this item does not exist", remedy="load the page anew")
    tell_after_all(asked.project, [report], asked.who)
    return asked.back(_page_of(asked), "It is told after all, in a story that the next run makes.")


def _id(asked: AdminRequest) -> str:
    return str(asked.request.path_params["source"])


def _page_of(asked: AdminRequest) -> str:
    return f"{HERE}/{_id(asked)}"


def _named(asked: AdminRequest, statuses: list[SourceStatus]) -> SourceStatus:
    for source in statuses:
        if source.id == _id(asked):
            return source
    raise NotFoundError(f"there is no source {_id(asked)!r}", remedy="choose one of the list")


def _find(asked: AdminRequest, source: str) -> FeedSource | None:
    with asked.project.database.read() as connection:
        return feed_of(connection, asked.project.config, source)


def _feed(asked: AdminRequest) -> FeedSource:
    feed = _find(asked, _id(asked))
    if feed is None:
        raise NotFoundError(f"there is no source {_id(asked)!r}", remedy="choose one of the list")
    return feed


_ONE = f"{HERE}/{{source}}"
routes: list[BaseRoute] = [
    admin_route(HERE, show_list, role=Role.VIEWER),
    admin_route(f"{HERE}/try", try_one, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{HERE}/add", add, methods=["POST"], role=Role.EDITOR),
    admin_route(_ONE, show, role=Role.VIEWER),
    admin_route(f"{_ONE}/remove", remove, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/pause", pause, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/resume", resume, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/release", release, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/unblock", unblock, methods=["POST"], role=Role.EDITOR),
]
