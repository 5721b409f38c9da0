"""Stories and topics: what fell where and why; another topic, a pin, taking one back."""

from collections import Counter
from datetime import timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import NotFoundError, UsageError
from digest.issue_edits import EditKind
from digest.roles import Role
from digest.services.issues.describe_edit import days_in_words
from digest.services.stories import edit
from digest.services.stories.topic_training import set_topic
from digest.store import edits, reports, stories, story_list
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.layout import short_day

HERE = "/admin/stories"
# What the list goes back to, and how many of it are named on a page.
RECENT = timedelta(days=7)
MOST = 100


def show_list(asked: AdminRequest) -> Response:
    """The stories of a week: all, or those of one topic."""
    project, topic = asked.project, asked.param("topic")
    with project.database.read() as connection:
        listed = list(story_list.collected_since(connection, project.clock() - RECENT))
    counts = Counter(story.topic for story in listed)
    shown = [story for story in listed if topic in ("", story.topic)]
    return asked.page(
        "stories.html.j2",
        names=asked.project.config.newsletter_names,
        shown=shown[:MOST],
        total=len(shown),
        topic=topic,
        counts=counts,
        tree=project.config.topics,
    )


def show(asked: AdminRequest) -> Response:
    """One story: its words, what it is made of, why it has its topic, where it stood."""
    project, number = asked.project, _number(asked)
    with project.database.read() as connection:
        story = stories.get(connection, number)
        if story is None:
            raise NotFoundError(f"there is no story {number!r}", remedy="look into the list")
        told_on = stories.told_on(connection, number)
        withdrawn_at = stories.withdrawn_at(connection, number)
        written = edits.written_for(connection, number)
        days = [r for r in edits.of_story(connection, number) if r.edit.kind is EditKind.DAYS]
        members = reports.of_story(connection, number)
    return asked.page(
        "story.html.j2",
        names=asked.project.config.newsletter_names,
        story=story,
        members=members,
        told_on=told_on,
        withdrawn_at=withdrawn_at,
        written=written,
        days=days_in_words(days[-1].edit.lines, short_day) if days else "",
        tree=project.config.topics,
    )


def relabel(asked: AdminRequest) -> Response:
    """Give it another topic, for good; training learns from it."""
    project = asked.project
    topic = project.config.topics.find(asked.field("topic"))
    if topic is None:
        raise UsageError("this topic does not exist", remedy="load the page anew")
    set_topic(project.database, str(_number(asked)), topic.id, project.clock(), asked.who)
    return asked.back(_page_of(asked), f"Its topic is {topic.title} from now on.")


def pin(asked: AdminRequest) -> Response:
    """Put it before all others that are not pinned."""
    edit.pin(asked.project.database, [str(_number(asked))], by=asked.actor)
    return asked.back(_page_of(asked), "It is pinned: it comes before all that are not.")


def unpin(asked: AdminRequest) -> Response:
    """Let it take its place among the others."""
    edit.unpin(asked.project.database, [str(_number(asked))], asked.actor)
    return asked.back(_page_of(asked), "It takes its place among the others.")


def drop(asked: AdminRequest) -> Response:
    """Let it go into no issue."""
    now = asked.project.clock()
    edit.set_withdrawn(asked.project.database, [str(_number(asked))], now, asked.actor)
    return asked.back(_page_of(asked), "It goes into no issue.")


def restore(asked: AdminRequest) -> Response:
    """Let it be told after all."""
    edit.set_withdrawn(asked.project.database, [str(_number(asked))], None, asked.actor)
    return asked.back(_page_of(asked), "It is told in each issue that it is new for.")


def _number(asked: AdminRequest) -> int:
    number: int = asked.request.path_params["number"]
    return number


def _page_of(asked: AdminRequest) -> str:
    return f"{HERE}/{_number(asked)}"


_ONE = f"{HERE}/{{number:row}}"
routes: list[BaseRoute] = [
    admin_route(HERE, show_list, role=Role.VIEWER),
    admin_route(_ONE, show, role=Role.VIEWER),
    admin_route(f"{_ONE}/topic", relabel, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/pin", pin, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/unpin", unpin, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/drop", drop, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{_ONE}/restore", restore, methods=["POST"], role=Role.EDITOR),
]
