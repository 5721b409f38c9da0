"""What the tools answer: each value names the stories and sources that it speaks of by their ids.

Their fields are the schema that an agent is given. They have no slots: the SDK would take those for
defaults.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class NewsletterAnswer:
    """A newsletter of the settings. `free_words`: edits may have words that no report has."""

    newsletter: str
    name: str
    language: str
    topics: Sequence[str]
    days: Sequence[str]
    time: str
    timezone: str
    next_date: date
    subscribers: int
    free_words: bool


@dataclass(frozen=True)
class TopicAnswer:
    """A topic of the settings."""

    topic: str
    title: str
    parent: str | None


@dataclass(frozen=True)
class ProjectAnswer:
    """The newsletters and the topics of the project."""

    now: datetime
    newsletters: Sequence[NewsletterAnswer]
    topics: Sequence[TopicAnswer]


@dataclass(frozen=True)
class IssueInShort:
    """An issue that was made or tried; `deliveries` counts them by state."""

    issue: str
    newsletter: str
    date: date
    state: str
    reason: str
    subject: str
    sealed_at: datetime | None
    deliveries: dict[str, int]


@dataclass(frozen=True)
class IssuesAnswer:
    """Issues, the newest first."""

    issues: Sequence[IssueInShort]


@dataclass(frozen=True)
class StoryInShort:
    """A story without its bullets; `sources` are ids of the settings."""

    story: int
    headline: str
    topic: str
    sources: Sequence[str]
    source_count: int
    issues: Sequence[str] = ()


@dataclass(frozen=True)
class StoriesAnswer:
    """Stories, the newest first; `is_cut` where there are more."""

    stories: Sequence[StoryInShort]
    is_cut: bool


@dataclass(frozen=True)
class StoryInIssue:
    """A story as an issue tells it."""

    story: int
    headline: str
    topic: str
    bullets: Sequence[str]
    sources: Sequence[str]
    source_count: int
    by_headline_alone: bool


@dataclass(frozen=True)
class EditAnswer:
    """What was decided of an issue; `before` is what it changed."""

    edit: int
    kind: str
    story: int | None
    lines: Sequence[str]
    before: Sequence[str]
    made_by: str
    is_undone: bool


@dataclass(frozen=True)
class IssueAnswer:
    """An issue as it went out, or as it would be sealed now; best first."""

    issue: str
    newsletter: str
    date: date
    sealed_at: datetime | None
    subject: str
    preheader: str
    note: Sequence[str]
    stories: Sequence[StoryInIssue]
    edits: Sequence[EditAnswer]


@dataclass(frozen=True)
class EditsAnswer:
    """The edits that were made or undone just now."""

    issue: str
    edits: Sequence[EditAnswer]


@dataclass(frozen=True)
class Publisher:
    """Who reported a story: its number there, and where."""

    number: int
    name: str
    url: str | None


@dataclass(frozen=True)
class ReportAnswer:
    """A source's report: `source` is an id of the settings; why it is in the story."""

    report: int
    source: str
    headline: str
    url: str | None
    reason: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class BulletAnswer:
    """A bullet, and where it was taken from: a report, a sentence of it, a publisher's number."""

    text: str
    report: int | None
    sentence: int | None
    publisher: int | None


@dataclass(frozen=True)
class RankAnswer:
    """Where a story stands in an issue, and the parts of its score in words."""

    issue: str
    is_sealed: bool
    is_news: bool
    score: float
    reason: str


@dataclass(frozen=True)
class StoryAnswer:
    """A story, what it is made of, and why it is as it is."""

    story: int
    headline: str
    topic: str
    topic_reason: str
    sources: Sequence[str]
    publishers: Sequence[Publisher]
    bullets: Sequence[BulletAnswer]
    bullets_reason: str
    machine_written: bool
    reports: Sequence[ReportAnswer]
    edits: Sequence[EditAnswer]
    ranks: Sequence[RankAnswer]
    is_dropped: bool


@dataclass(frozen=True)
class SubscribersAnswer:
    """How many get a newsletter. `by_topic` chose a topic, `all_topics` chose none."""

    newsletter: str
    subscribers: int
    joined_30_days: int
    left_30_days: int
    all_topics: int
    by_topic: dict[str, int]


@dataclass(frozen=True)
class ConcernAnswer:
    """Something that somebody should look at; a grave one keeps mail from going out."""

    what: str
    is_grave: bool
    count: int
    detail: str
    source: str
    newsletter: str
    date: date | None


@dataclass(frozen=True)
class SourceAnswer:
    """How a source stands; `stories` are those of the last seven days."""

    source: str
    kind: str
    title: str
    state: str
    reason: str
    last_success: datetime | None
    stories: int


@dataclass(frozen=True)
class HealthAnswer:
    """All that is wrong, the gravest first, and how each source stands."""

    now: datetime
    concerns: Sequence[ConcernAnswer]
    sources: Sequence[SourceAnswer]
