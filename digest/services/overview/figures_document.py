"""The figures of a newsletter as a document: for the API, and for `digest figures --json`."""

from datetime import date

from typing_extensions import TypedDict

from digest.model import Newsletter
from digest.services.overview.figures import ClickFigures, NewsletterFigures


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


def figures_document(letter: Newsletter, figures: NewsletterFigures) -> FiguresView:
    """The figures that were read of a newsletter."""
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
