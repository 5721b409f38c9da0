"""The figures of a newsletter, as the desk's charts have them."""

from datetime import date

from typing_extensions import TypedDict

from digest.scopes import Scope
from digest.services.overview.figures import ClickFigures, read_figures
from digest.web.api.operation import ApiCall, Operation
from digest.web.api.values import Slug


class SubscriberDay(TypedDict):
    """How many were subscribed at the end of a day (UTC), came and left on it."""

    day: date
    subscribers: int
    joined: int
    left: int


class MailsOfDay(TypedDict):
    """How many mails of an issue a server took, and how many failed for good."""

    day: date
    sent: int
    failed: int


class ClicksOfDay(TypedDict):
    """How often links of stories were followed on a day (UTC)."""

    day: date
    clicks: int


class ClicksOfStory(TypedDict):
    """How often the links of a story were followed; `issue` is the date of its issue."""

    story: int
    headline: str
    issue: date
    clicks: int


class ClicksView(TypedDict):
    """By day, and by story: the twelve that were followed most."""

    days: list[ClicksOfDay]
    stories: list[ClicksOfStory]


class FiguresView(TypedDict):
    """Those of a newsletter: 90 days of subscribers, 30 of the rest.

    `bounces` counts by domain, `topics` who chose each, `all_topics` who chose none in particular,
    `sources` the stories of each; of each the twelve largest. `clicks` is null where the newsletter
    has none counted (`count_clicks`).
    """

    newsletter: str
    subscribers: list[SubscriberDay]
    issues: list[MailsOfDay]
    bounces: dict[str, int]
    topics: dict[str, int]
    all_topics: int
    sources: dict[str, int]
    clicks: ClicksView | None


def show(call: ApiCall, newsletter: Slug) -> FiguresView:
    """Show the figures of a newsletter."""
    letter = call.newsletter(newsletter)
    figures = read_figures(call.project, letter)
    return {
        "newsletter": letter.id,
        "subscribers": [
            {
                "day": day.day,
                "subscribers": day.subscribers,
                "joined": day.joined,
                "left": day.left,
            }
            for day in figures.subscribers
        ],
        "issues": [
            {"day": issue.day, "sent": issue.sent, "failed": issue.failed}
            for issue in figures.issues
        ],
        "bounces": dict(figures.bounces),
        "topics": dict(figures.topics),
        "all_topics": figures.all_topics,
        "sources": dict(figures.sources),
        "clicks": _clicks_view(figures.clicks) if figures.clicks else None,
    }


def _clicks_view(clicks: ClickFigures) -> ClicksView:
    return {
        "days": [{"day": day.day, "clicks": day.count} for day in clicks.days],
        "stories": [
            {
                "story": story.story_id,
                "headline": story.headline,
                "issue": story.issued,
                "clicks": story.count,
            }
            for story in clicks.stories
        ],
    }


operations = [Operation("GET", "/figures/{newsletter}", show, Scope.FIGURES_READ)]
