"""What a subscriber may choose, and what they chose, read from forms; nothing is kept here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from digest.clock import is_zone
from digest.compose.enough_stories import MOST_DAYS, MOST_STORIES, read_count
from digest.compose.hours import clock_of, reached_days
from digest.keywords import ONLY, not_about, read_keywords
from digest.model import (
    MAIL_LAYOUTS,
    WEEKDAYS,
    MailLayout,
    Newsletter,
    Topic,
    TopicTree,
    Weekday,
)
from digest.services.subscribers.names import harmless_name

LONGEST_PAUSE = timedelta(days=366)


class FieldError(Enum):
    """Why something that was filled in cannot be taken."""

    HOUR = "hour"
    DAYS = "days"
    LAYOUT = "layout"
    KEYWORDS = "keywords"
    ENOUGH = "enough"
    ZONE = "zone"
    NAME = "name"
    LANGUAGE = "language"
    DATE = "date"
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
class PreferencesFields:
    """The form of the choices as it was sent, or as it is shown: each field as its text."""

    topics: tuple[str, ...] = ()
    hour: str = ""
    timezone: str = ""
    layout: str = ""
    name: str = ""
    language: str = ""
    days: tuple[str, ...] = ()
    not_about: str = ""
    only_about: str = ""
    at_least: str = ""
    longest_wait: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody wants; None is as soon as it is made, or the newsletter's own."""

    topics: tuple[str, ...]
    hour: int | None
    timezone: str | None
    layout: MailLayout | None
    name: str
    language: str | None
    days: tuple[Weekday, ...] = ()
    keywords: tuple[str, ...] = ()
    at_least: int | None = None
    longest_wait: int | None = None


def topic_lines(
    tree: TopicTree, newsletter: Newsletter, chosen: Collection[str]
) -> tuple[TopicLine, ...]:
    """The topics that the newsletter brings, each below its parent."""
    offered = {
        topic.id
        for topic in tree.topics
        if not newsletter.topics or not set(newsletter.topics).isdisjoint(tree.lineage(topic.id))
    }

    def below(parent: str | None, depth: int) -> Iterable[TopicLine]:
        for topic in tree.topics:
            is_top = topic.parent not in offered
            if topic.id in offered and (is_top if parent is None else topic.parent == parent):
                yield TopicLine(topic, depth, topic.id in chosen)
                yield from below(topic.id, depth + 1)

    return tuple(below(None, 0))


def read_topics(
    tree: TopicTree, newsletter: Newsletter, ticked: Collection[str]
) -> tuple[str, ...]:
    """The topics that were ticked; what a ticked parent stands for is left out. Empty: all."""
    lines = topic_lines(tree, newsletter, ticked)
    chosen = {line.topic.id for line in lines if line.taken}
    return tuple(
        line.topic.id
        for line in lines
        if line.taken and chosen.isdisjoint(tree.lineage(line.topic.id)[1:])
    )


def read_choices(
    filled: PreferencesFields,
    tree: TopicTree,
    newsletter: Newsletter,
    languages: Collection[str],
    name_before: str,
    today: date,
) -> Choices | tuple[FieldError, ...]:
    """What the form asks for, or every fault of it, in the order of its fields.

    A name that stands there as it was before is none, whatever an import brought.
    """
    days = tuple(day for day in WEEKDAYS if day in filled.days)
    layout = next((name for name in MAIL_LAYOUTS if name == filled.layout), None)
    keywords, enough = _read_lists(filled), _read_enough(filled)
    is_same_name = filled.name == name_before
    name = name_before if is_same_name else harmless_name(filled.name)
    is_valid = {
        FieldError.HOUR: not filled.hour or _is_hour(filled.hour),
        FieldError.DAYS: _is_choice_of_days(days, filled, newsletter, today),
        FieldError.LAYOUT: not filled.layout or layout is not None,
        FieldError.KEYWORDS: keywords is not None,
        FieldError.ENOUGH: enough is not None,
        FieldError.ZONE: not filled.timezone or is_zone(filled.timezone),
        FieldError.NAME: is_same_name or not filled.name or bool(name),
        FieldError.LANGUAGE: not filled.language or filled.language in languages,
    }
    faults = tuple(fault for fault, holds in is_valid.items() if not holds)
    if faults:
        return faults
    at_least, longest_wait = enough or (None, None)
    return Choices(
        topics=read_topics(tree, newsletter, filled.topics),
        hour=int(filled.hour) if filled.hour else None,
        timezone=filled.timezone or None,
        days=days,
        # Whoever takes that of the newsletter takes what it becomes, too.
        layout=None if layout == newsletter.layout else layout,
        name=name,
        language=filled.language or None,
        keywords=keywords or (),
        at_least=at_least,
        longest_wait=longest_wait,
    )


def _read_lists(filled: PreferencesFields) -> tuple[str, ...] | None:
    """What they are not and what they alone are told of, as one list; None where one is amiss."""
    try:
        block, keep = read_keywords(filled.not_about), read_keywords(filled.only_about)
    except ValueError:
        return None
    return (*not_about(block), *(ONLY + keyword.removeprefix(ONLY) for keyword in keep))


def _read_enough(filled: PreferencesFields) -> tuple[int | None, int | None] | None:
    """How many stories they wait for, and for how many days at most; None where one is amiss.

    Days alone, which may be left from before, say nothing.
    """
    try:
        at_least = read_count(filled.at_least, MOST_STORIES, "number of stories")
        longest_wait = read_count(filled.longest_wait, MOST_DAYS, "number of days")
    except ValueError:
        return None
    return at_least, longest_wait if at_least else None


def _is_choice_of_days(
    days: Collection[Weekday], filled: PreferencesFields, newsletter: Newsletter, today: date
) -> bool:
    """Whether an issue comes on one of the days, by the clock that the form names."""
    hour = int(filled.hour) if _is_hour(filled.hour) else None
    clock = clock_of(hour, filled.timezone, newsletter)
    return not days or not reached_days(newsletter, clock, today, {}).isdisjoint(days)


def _is_hour(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 2 and int(text) < 24


def read_pause(span: str, until: str, today: date) -> date | FieldError | None:
    """The first date on which mail is wanted again; None: from now on.

    `span` is a number of days, 0 to resume; without one the date `until` counts (ISO 8601).
    """
    if span in ("0", "7", "14", "30"):
        return today + timedelta(days=int(span)) if span != "0" else None
    try:
        day = date.fromisoformat(until)
    except ValueError:
        return FieldError.DATE
    return day if today < day <= today + LONGEST_PAUSE else FieldError.DATE
