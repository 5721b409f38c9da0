"""Whether there are stories enough for a mail, for whoever wants some at a time; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from digest.compose.issue import on_topics
from digest.compose.keywords import removals, texts_of_issue
from digest.keywords import subscriber_filter
from digest.model import Issue

MOST_STORIES = 50
# Days: what somebody waits at most, if they do not say, and what they may say.
LONGEST_WAIT = 7
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class StoryWait:
    """What somebody waits for: so many stories since a date, on topics (none: all), by keywords.

    For `longest_wait` days at most; None is the longest that is usual.
    """

    at_least: int
    longest_wait: int | None
    since: date
    topics: frozenset[str]
    keywords: tuple[str, ...]

    @property
    def last_day(self) -> date:
        """The date of the issue that tells at the latest what that of `since` had."""
        return last_day(self.since, self.longest_wait)


def last_day(first: date, longest_wait: int | None) -> date:
    """The date of the issue that tells at the latest what that of `first` had."""
    return first + timedelta(days=longest_wait or LONGEST_WAIT)


def read_count(text: str, most: int, what: str) -> int | None:
    """A number from 1 to `most`; None of an empty text. ValueError says what it is not."""
    written = text.strip()
    if not written:
        return None
    is_number = written.isascii() and written.isdigit() and len(written) <= 3
    if not is_number or not 1 <= int(written) <= most:
        raise ValueError(f"{written[:20]!r} is not a {what} from 1 to {most}")
    return int(written)


class StoryCounter:
    """How many stories some issues have, the oldest first, for this or that choice."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self._issues = {issue.date: issue for issue in issues}
        self._events = cache(self._events_of)
        self._on_topics = cache(lambda day, topics: on_topics(self._issues[day], topics))
        self._texts = cache(lambda day: texts_of_issue(self._issues[day]))
        self._removed = cache(
            lambda day, keywords: removals(self._texts(day), subscriber_filter(keywords))
        )

    def count(self, wait: StoryWait) -> int:
        """How many of what somebody waits for there are; what tells of one event is one."""
        events: set[int] = set()
        for day in self._issues:
            if day >= wait.since:
                events |= self._events(day, wait.topics, wait.keywords)
        return len(events)

    def _events_of(
        self, day: date, topics: frozenset[str], keywords: tuple[str, ...]
    ) -> frozenset[int]:
        wanted = self._on_topics(day, topics)
        if keywords:
            wanted = wanted.difference(self._removed(day, keywords))
        return frozenset(
            story.event_id or story.id
            for story in self._issues[day].all_stories
            if story.id in wanted
        )
