"""What the settings say: the topics, and the newsletters."""

from typing_extensions import TypedDict

from digest.errors import NotFoundError
from digest.model import Newsletter, Topic
from digest.scopes import Scope
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import Page, PageQuery, Slug, page_of_list


class TopicView(TypedDict):
    """A topic; its stories count `weight` times."""

    id: str
    title: str
    parent: str | None
    weight: float


class NewsletterView(TypedDict):
    """A newsletter; `topics` is empty where it tells of all, `days` are those of its issues."""

    id: str
    name: str
    topics: list[str]
    days: list[str]
    time: str
    timezone: str
    language: str
    approval: str


def list_all(call: ApiCall, query: PageQuery) -> Page[TopicView]:
    """List the topics, in their order."""
    return page_of_list([_view(topic) for topic in call.project.config.topics.topics], query)


def show(call: ApiCall, topic: Slug) -> TopicView:
    """Show a topic."""
    known = call.project.config.topics.by_id.get(topic)
    if known is None:
        raise NotFoundError(f"there is no topic {topic!r}", remedy="see /topics")
    return _view(known)


def list_newsletters(call: ApiCall, query: PageQuery) -> Page[NewsletterView]:
    """List the newsletters, in their order."""
    letters = [_letter(letter) for letter in call.project.config.settings.newsletters]
    return page_of_list(letters, query)


def _view(topic: Topic) -> TopicView:
    return {"id": topic.id, "title": topic.title, "parent": topic.parent, "weight": topic.weight}


def _letter(letter: Newsletter) -> NewsletterView:
    return {
        "id": letter.id,
        "name": letter.name,
        "topics": list(letter.topics),
        "days": list(letter.days),
        "time": f"{letter.time:%H:%M}",
        "timezone": letter.timezone,
        "language": letter.language,
        "approval": letter.approval,
    }


operations = [
    Operation("GET", "/topics", list_all, Scope.TOPICS_READ),
    Operation("GET", "/topics/{topic}", show, Scope.TOPICS_READ),
    Operation("GET", "/newsletters", list_newsletters, Scope.TOPICS_READ),
]
