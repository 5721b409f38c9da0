"""What a reader may choose, and what they chose, read from a form; nothing is kept here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from digest.clock import is_zone
from digest.model import Newsletter, Topic, TopicTree

LONGEST_PAUSE = timedelta(days=366)


class Fault(Enum):
    """Why something that was filled in cannot be taken."""

    HOUR = "hour"
    ZONE = "zone"
    DATE = "date"
    LANGUAGE = "language"
    ADDRESS = "address"
    SAME_ADDRESS = "same-address"
    TOO_OFTEN = "too-often"


@dataclass(frozen=True, slots=True)
class TopicLine:
    """A topic of the form; `depth` counts the topics above it."""

    topic: Topic
    depth: int
    taken: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """When a reader wants mail; None is as soon as it is made, and the newsletter's zone."""

    hour: int | None
    timezone: str | None


def topic_lines(
    tree: TopicTree, newsletter: Newsletter, taken: Collection[str]
) -> tuple[TopicLine, ...]:
    """The topics that the newsletter brings, each below its parent."""
    offered = {topic.id for topic in tree.topics if _is_offered(tree, newsletter, topic)}

    def below(parent: str | None, depth: int) -> Iterable[TopicLine]:
        for topic in tree.topics:
            is_top = topic.parent not in offered
            if topic.id in offered and (is_top if parent is None else topic.parent == parent):
                yield TopicLine(topic, depth, topic.id in taken)
                yield from below(topic.id, depth + 1)

    return tuple(below(None, 0))


def _is_offered(tree: TopicTree, newsletter: Newsletter, topic: Topic) -> bool:
    return not newsletter.topics or not set(newsletter.topics).isdisjoint(tree.lineage(topic.id))


def read_topics(tree: TopicTree, newsletter: Newsletter, ticked: Collection[str]) -> list[str]:
    """The topics that were ticked; what a ticked parent stands for is left out. Empty: all."""
    lines = topic_lines(tree, newsletter, ticked)
    taken = {line.topic.id for line in lines if line.taken}
    return [
        line.topic.id
        for line in lines
        if line.taken and taken.isdisjoint(tree.lineage(line.topic.id)[1:])
    ]


def read_hour(hour: str, timezone: str) -> Hour | Fault:
    """The hour (0 to 23) and the zone; an empty one is None."""
    if hour and not (hour.isascii() and hour.isdigit() and len(hour) <= 2 and int(hour) < 24):
        return Fault.HOUR
    if timezone and not is_zone(timezone):
        return Fault.ZONE
    return Hour(int(hour) if hour else None, timezone or None)


def read_pause(span: str, until: str, today: date) -> date | Fault | None:
    """The first date on which mail is wanted again; None: from now on.

    `span` is a number of days, 0 to resume; without one the date `until` counts (ISO 8601).
    """
    if span in ("0", "7", "14", "30"):
        return today + timedelta(days=int(span)) if span != "0" else None
    try:
        day = date.fromisoformat(until)
    except ValueError:
        return Fault.DATE
    return day if today < day <= today + LONGEST_PAUSE else Fault.DATE


def read_language(tag: str, known: Collection[str]) -> str | Fault | None:
    """A language that there are words in; an empty tag is None, the newsletter's."""
    if not tag:
        return None
    return tag if tag in known else Fault.LANGUAGE
