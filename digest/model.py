"""The frozen values that cross the stages; every word here is one of docs/promises.md.

collect --Report--> merge --Story--> compose --Issue--> render --Mail--> deliver --Outcome-->
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from email.utils import parseaddr
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from digest.clock import local_date
from digest.language import direction_of
from digest.text import digest_of, is_web_address, slugify

_FEED_FIELDS = ("summary", "url", "published", "language", "guid")
Day = date  # by another name, for a class that has a field `date`
# Where a mail's pictures are: on the site, in the mail itself, nowhere.
ImagePlace = Literal["hosted", "attached", "none"]
# What a subscriber wants more of (or less: below 0), by keys of digest.compose.likes, the latest
# first.
Likes = tuple[tuple[str, int], ...]
# How long a mail is: pictures and bullets; a bullet a story and no pictures; headlines alone.
MailLayout = Literal["magazine", "brief", "headlines"]
MAIL_LAYOUTS: tuple[MailLayout, ...] = get_args(MailLayout)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
# Whether an issue goes out only after somebody said so; who may; and what if nobody did in time.
Approval = Literal["none", "required"]
ApprovedBy = Literal["anybody", "another"]
WhenUnapproved = Literal["hold", "send"]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Who reported an event: a publisher's name and, where known, the address of its report."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as a report names it: by its address or, below a drop folder, by its file's path.

    `alt` is what stands for it where it is not shown; empty where the headline is enough. `focus`
    is the point that no cut may lose, in percent from the left and from the top.
    """

    url: str
    alt: str = ""
    focus: tuple[int, int] | None = None

    @property
    def is_file(self) -> bool:
        """Whether it lies in the drop folder from which its story came."""
        return not is_web_address(self.url)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One cut of a picture, as a file named by a hash of its bytes: width and height in pixels.

    `name` is a JPEG or PNG, which every mail program shows, of `size` bytes; `webp` is the same
    cut for pages, and so is `avif`, empty where it would not be much smaller.
    """

    name: str
    webp: str
    width: int
    height: int
    size: int
    avif: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A story's picture as we keep it, in a file for each place where it is shown.

    `wide` is for a lead, None where what came is too narrow for one; `column` is for a page, not
    cropped; `small` is for beside a headline. `alt` is that of the image that it was made of.
    """

    alt: str
    column: PictureFile
    small: PictureFile
    wide: PictureFile | None = None


@dataclass(frozen=True, slots=True)
class NewsletterPictures:
    """A newsletter's own pictures, as they are kept: for light ground, for dark, and the cover."""

    logo: PictureFile | None = None
    logo_dark: PictureFile | None = None
    cover: PictureFile | None = None


NO_PICTURES = NewsletterPictures()


@dataclass(frozen=True, slots=True)
class Report:
    """One source's account of one event, as clean text.

    `key` is its identity within the source (for a folder: the path below it). `dated` is the date
    in the text, shown and nothing more; `dropped` is the day of its folder, None where the
    day of collecting counts.

    A feed's report has the fields from `summary` on: its text, a paragraph a line, from which the
    bullets are made; its canonical address; when it was published (UTC), if that is known; the
    tag of its language; and its GUID, as the feed has it.
    """

    source: str
    key: str
    headline: str
    bullets: tuple[str, ...]
    dated: date | None = None
    topic: str | None = None
    image: Image | None = None
    sources: tuple[SourceRef, ...] = ()
    source_count: int = 1
    dropped: date | None = None
    summary: str = ""
    url: str | None = None
    published: datetime | None = None
    language: str | None = None
    guid: str | None = None

    @property
    def content_hash(self) -> str:
        """The same for the same text under another name or in another folder.

        Of a feed's report only its words and its publishers count: addresses, dates and pictures
        change from one fetch to the next without a word being different.
        """
        if self.summary or self.url or self.guid:
            publishers = [source.name for source in self.sources]
            return digest_of([self.headline, self.bullets, self.summary, publishers])
        values = {**asdict(self), "source": None, "key": None, "dropped": None}
        if self.image is not None and self.image.focus is None:
            del values["image"]["focus"]  # as it was before there was one
        return digest_of({name: values[name] for name in values if name not in _FEED_FIELDS})


@dataclass(frozen=True, slots=True)
class Version:
    """How some publishers tell a fact, in the reports' own words."""

    phrase: str
    publishers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DifferingFact:
    """At least two versions of one fact, the one that was told first before the others.

    `counts` says of what: `dead`, `magnitude`, or the term of a unit.
    """

    counts: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """The sentence that a bullet was taken from, in the report `key` of the source `source`.

    `sentence` counts from 1 through the report's text, or the bullets of its file; 0 is its
    headline. `number` is the place of its publisher among the story's sources, from 1; None where
    that is not known.
    """

    source: str
    key: str
    sentence: int
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What a subscriber sees, made of one or more reports.

    Where `update_since` is set, it brings news of an event that the story `event_id` told first,
    on that date. `weight` is that of its weightiest source; `pinned` puts it before all others, and
    of several that are, the smaller `pin_place` comes first. `image` is what its reports name,
    `picture` what was made of it: that alone is shown.

    `origins` has the origin of each bullet, None for one that is not known; it is empty for a story
    of before they were noted. `bullets_reason` says why it has these bullets where a language model
    was asked; `machine_written` bullets are the model's words.
    """

    id: int
    headline: str
    bullets: tuple[str, ...]
    topic: str
    source_count: int
    sources: tuple[SourceRef, ...]
    collected_at: datetime
    dated: date | None = None
    dropped: date | None = None
    image: Image | None = None
    picture: Picture | None = None
    topic_reason: str = ""
    event_id: int | None = None
    update_since: date | None = None
    differing: tuple[DifferingFact, ...] = ()
    weight: float = 1.0
    pinned: bool = False
    pin_place: int = 0
    origins: tuple[Origin | None, ...] = ()
    bullets_reason: str = ""
    machine_written: bool = False

    @property
    def source_numbers(self) -> tuple[int | None, ...]:
        """Of each bullet the number of its source: the place in `sources`, from 1, where known."""
        numbers = [origin.number if origin else None for origin in self.origins]
        return tuple(numbers) if numbers else (None,) * len(self.bullets)

    def named_sources(self, most: int, bullets: int = 0) -> tuple[tuple[int, SourceRef], ...]:
        """The first `most` sources, and those of the first `bullets` bullets, numbered."""
        cited = self.source_numbers[:bullets]
        numbered = enumerate(self.sources, start=1)
        return tuple(entry for entry in numbered if entry[0] <= most or entry[0] in cited)

    @property
    def slug(self) -> str:
        """The end of the story page's address, `12-stem-cells-let-a-man-walk`."""
        return story_slug(self.id, self.headline)

    def day(self, zone: ZoneInfo) -> date:
        """The day on which it was dropped, in the newsletter's zone."""
        return self.dropped or local_date(self.collected_at, zone)


# A page names each of its stories more than once, and the same as the page before.
@lru_cache(maxsize=4096)
def story_slug(story_id: int, headline: str) -> str:
    """The end of a story page's address: its number decides, the words are for people."""
    return f"{story_id}-{slugify(headline)}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A group in the issue. `parent` is a topic's id; a topic that is no parent is a leaf.

    `weight` moves its stories up or down; the topics above it count too. A keyword decides for it;
    of `hints`, which are words of every day, it takes two, and none counts beside a word of
    `not_with`.
    """

    id: str
    title: str
    parent: str | None = None
    keywords: tuple[str, ...] = ()
    colour: str = "#1f5fbf"
    weight: float = 1.0
    hints: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicTree:
    """All topics in their order, with the questions that the stages ask of them."""

    topics: tuple[Topic, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Topic]:
        """Topics by id."""
        return {topic.id: topic for topic in self.topics}

    @cached_property
    def _parents(self) -> frozenset[str]:
        return frozenset(topic.parent for topic in self.topics if topic.parent)

    def is_leaf(self, topic: Topic) -> bool:
        """Whether no topic has it as its parent."""
        return topic.id not in self._parents

    def find(self, name: str) -> Topic | None:
        """The topic with this id or title, in any case."""
        wanted = name.strip().casefold()
        for topic in self.topics:
            if wanted in (topic.id.casefold(), topic.title.casefold()):
                return topic
        return None

    def lineage(self, topic_id: str) -> tuple[str, ...]:
        """The topic and its ancestors, nearest first."""
        line: list[str] = []
        current: str | None = topic_id
        while current is not None and current not in line:
            line.append(current)
            topic = self.by_id.get(current)
            current = topic.parent if topic else None
        return tuple(line)

    def weight(self, topic_id: str) -> float:
        """The weight of a topic with that of its ancestors; 1 for one that is not here."""
        return math.prod(
            self.by_id[name].weight for name in self.lineage(topic_id) if name in self.by_id
        )

    def leaves_under(self, topic_id: str | None) -> tuple[Topic, ...]:
        """The leaves below a topic, or all of them for None."""
        return tuple(
            topic
            for topic in self.topics
            if self.is_leaf(topic) and (topic_id is None or topic_id in self.lineage(topic.id)[1:])
        )


@dataclass(frozen=True, slots=True)
class Newsletter:
    """The recurring thing, from config/digest.toml. `topics` empty means all of them.

    `editors` are told by mail `draft_lead` minutes before an issue's hour. In the last `cut_off` of
    them no story enters by itself; for `cooling_off` after an approval it can be pulled back.
    `logo`, `logo_dark` and `cover` are files of pictures. `layout` is for whoever chose none. A
    story has a keyword of `keep`, unless that is empty, and none of `block` (digest.keywords). With
    `more_like_this` each story has two links by which a subscriber says what they want more of. A
    story that `alert_sources` tell within an hour is told between issues, to those who chose that,
    from the first of `alert_hours` of their clock until the second; 0: none is. With `count_clicks`
    the links of a story lead over the site, which counts how often they are followed.
    """

    id: str
    name: str
    sender: str
    postal_address: str
    tagline: str = ""
    reply_to: str | None = None
    topics: tuple[str, ...] = ()
    days: tuple[str, ...] = WEEKDAYS
    time: time_of_day = time_of_day(6, 0)
    timezone: str = "UTC"
    language: str = "en"
    window_days: int = 3
    stories_per_topic: int = 4
    max_stories: int = 16
    max_more: int = 100
    max_source_share: float = 0.5
    bullets: int = 2
    bullet_sources: bool = False
    images: ImagePlace = "hosted"
    accent: str = "#174a84"
    min_stories: int = 1
    approval: Approval = "none"
    approval_by: ApprovedBy = "anybody"
    when_unapproved: WhenUnapproved = "hold"
    editors: tuple[str, ...] = ()
    draft_lead: float = 0.0
    cut_off: float = 0.0
    cooling_off: float = 0.0
    description: str = ""
    logo: Path | None = None
    logo_dark: Path | None = None
    cover: Path | None = None
    layout: MailLayout = "magazine"
    keep: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    more_like_this: bool = False
    count_clicks: bool = False
    alert_sources: int = 0
    alert_hours: tuple[int, int] = (8, 22)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its dates and hour are meant."""
        return ZoneInfo(self.timezone)

    @property
    def direction(self) -> str:
        """The direction of its language's script, `ltr` or `rtl`."""
        return direction_of(self.language)

    @property
    def sender_domain(self) -> str:
        """The domain of its sender, which names its Message-IDs and its List-Id."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    @property
    def has_alerts(self) -> bool:
        """Whether anything is told between issues: nothing is where a person approves them."""
        return self.alert_sources > 0 and self.approval == "none"


@dataclass(frozen=True, slots=True)
class Group:
    """The stories of one topic in an issue, best first."""

    topic: Topic
    stories: tuple[Story, ...]


def group_by_topic(stories: tuple[Story, ...], topics: tuple[Topic, ...]) -> tuple[Group, ...]:
    """The stories by topic, in the topics' order; a topic without stories has no group."""
    groups = (
        Group(topic, tuple(story for story in stories if story.topic == topic.id))
        for topic in topics
    )
    return tuple(group for group in groups if group.stories)


@dataclass(frozen=True, slots=True)
class Issue:
    """One newsletter on one date. `stories` are best first: the first leads the issue.

    `topics` are the topics in the order of the groups, with all ancestors; `more` are the
    stories that are named by headline alone. Frozen when sealed: what is mailed is this value.
    `since` is set where one mail tells of several issues: the date of the first of them. `written`
    are subject and preheader as an editor wrote them, empty where they are made from the lead;
    `note` has the paragraphs of an editor's note, in which addresses are links
    (digest.render.editor_note).
    """

    newsletter: str
    date: date
    subject: str
    preheader: str
    topics: tuple[Topic, ...]
    stories: tuple[Story, ...]
    more: tuple[Story, ...] = ()
    since: Day | None = None
    written: tuple[str, str] = ("", "")
    note: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in messages, file names and JSON: `science-daily-2026-11-21`."""
        return f"{self.newsletter}-{self.date.isoformat()}"

    @property
    def all_stories(self) -> tuple[Story, ...]:
        """Those told in full, and those named by headline alone."""
        return (*self.stories, *self.more)

    @property
    def lead(self) -> Story:
        """The story that the issue opens with."""
        return self.stories[0]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The stories after the lead, by topic, in the topics' order."""
        return group_by_topic(self.stories[1:], self.topics)

    def reserves(self, per_topic: int) -> tuple[Story, ...]:
        """The named stories that stand in full where a subscriber's topics leave places.

        They are the best of each topic, as far as it has less than `per_topic` in full.
        """
        counts = Counter(story.topic for story in self.stories)
        reserves = []
        for story in self.more:
            counts[story.topic] += 1
            if counts[story.topic] <= per_topic:
                reserves.append(story)
        return tuple(reserves)

    @property
    def content_hash(self) -> str:
        """Names the content: any edit changes it (promise 2)."""
        return digest_of(asdict(self))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: where, how it is (`ok`, `warning`, `error`), and what to do about it.

    Its level is `waived` where somebody took it upon them; the remedy is then who, and why.
    """

    place: str
    level: str
    detail: str
    remedy: str = ""

    @property
    def id(self) -> str:
        """Names it as long as it says the same, for who waives it: eight hexadecimal digits."""
        return digest_of([self.place, self.detail])[:8]

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}"


class IssueState(StrEnum):
    """How far an issue has come; `sending` and after are sealed."""

    DRAFT = "draft"
    HELD = "held"
    SENDING = "sending"
    PAUSED = "paused"  # what is left waits until somebody resumes it
    SENT = "sent"
    STOPPED = "stopped"  # for good, before all had it
    SKIPPED = "skipped"


class IssueCause(StrEnum):
    """Why an issue is in its state, where code asks."""

    DAY_OVER = "day-over"  # it was held until its day was over
    EDITOR = "editor"  # an editor holds or skips it
    UNAPPROVED = "unapproved"  # held: nobody approved it, or it changed since
    COOLING_OFF = "cooling-off"  # a draft: its approval can still be pulled back
    TOO_FEW = "too-few"  # skipped: it has fewer stories than the newsletter wants


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber's address, and the name they gave, if any."""

    id: int
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a subscriber gets. `topics` empty means all; a parent stands for its leaves.

    `hour` is that of the subscriber's clock (0 to 23), None for as soon as the issue is made; mail
    is wanted again from `paused_until` on. `days` are those of the subscriber's clock on which mail
    is wanted, empty for whenever there is some. `layout` is None for the newsletter's. `keywords`
    are those that no story has, and, after a `+`, those one of which each has (digest.keywords).
    `likes` say what is wanted more, or less; `alerts` are told between issues.
    Mail waits for `at_least` so many stories, but no longer than `longest_wait` days; None is no
    wait, and the longest that is usual (digest.compose.enough_stories).
    """

    email: str
    name: str = ""
    topics: tuple[str, ...] = ()
    timezone: str | None = None
    hour: int | None = None
    paused_until: date | None = None
    layout: MailLayout | None = None
    days: tuple[Weekday, ...] = ()
    keywords: tuple[str, ...] = ()
    likes: Likes = ()
    at_least: int | None = None
    longest_wait: int | None = None
    alerts: bool = False


class DeliveryState(StrEnum):
    """Where one issue to one subscriber stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"
    PAUSED = "paused"  # its subscriber wants none that day; told with the first issue after that
    MERGED = "merged"  # too late for its day; told with the subscriber's next issue
    IN_DOUBT = "in doubt"


# What has not been told yet, and is told by the next mail.
UNTOLD = (DeliveryState.PAUSED, DeliveryState.MERGED)


class SuppressionReason(StrEnum):
    """Why an address gets nothing more."""

    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def is_own_wish(self) -> bool:
        """Whether its owner asked for it, and so can take it back by a click on a link of ours."""
        return self in (SuppressionReason.UNSUBSCRIBED, SuppressionReason.ERASED)


def why_not_mailed(
    *, exists: bool, suppressed: SuppressionReason | None, subscribed: bool
) -> SuppressionReason | None:
    """Why somebody gets no issue, whatever was laid out for them; None: they do."""
    if not exists:
        return SuppressionReason.ERASED
    if suppressed is not None:
        return suppressed
    return None if subscribed else SuppressionReason.UNSUBSCRIBED


class DeliveryCause(StrEnum):
    """Why a delivery, an attempt or a notice is in its state, where the state does not say it."""

    UNSUBSCRIBED = SuppressionReason.UNSUBSCRIBED.value
    ERASED = SuppressionReason.ERASED.value
    BOUNCED = SuppressionReason.BOUNCED.value
    COMPLAINED = SuppressionReason.COMPLAINED.value
    NOT_THEIR_DAY = "not-their-day"  # paused: it would have come on a day that they did not choose
    WAITS_FOR_MORE = "waits-for-more"  # paused: it has fewer stories than they want at a time
    LATE = "late"  # merged: its day was over
    SAME_DATE = "same-date"  # merged: two mails would have gone out on one date
    GAVE_UP = "gave-up"  # failed: nobody refused it, its life was over
    UNTOLD = "untold"  # failed: no next issue came to tell it
    WORKER_DIED = "worker-died"  # in doubt: nobody wrote down what the server answered
    CAME_LATE = "came-late"  # an attempt: another worker had taken the delivery over by then
    STOPPED = "stopped"  # skipped: the issue was stopped for good before its turn came
    KEYWORDS = "keywords"  # skipped: their keywords leave nothing of it
    ADOPTED = "adopted"  # in doubt: the database is a copy, and the original may have sent it


@dataclass(frozen=True, slots=True)
class RenderedIssue:
    """An issue rendered once, in named parts from which every variant is put together.

    Kept with the sealed issue: what is mailed does not change when a template does (promise 2).
    `nonce` is in every mark, so that no story text can make one. With `counts_clicks` its mails
    have counted links (digest.render.counted_links); the parts have where those lead.
    """

    nonce: str
    html: dict[str, str]
    text: dict[str, str]
    counts_clicks: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """One variant of an issue, put together; the same for all who chose the same topics.

    `html` and `text` hold slots (see digest.render.placeholders) where a subscriber's links go.
    """

    subject: str
    preheader: str
    html: str
    text: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to be handed over: SMTP sender, recipient, and the bytes (CRLF lines)."""

    sender: str
    recipient: str
    message: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process has taken; `attempt` counts from 1.

    Where `since` is set, the mail tells what was sealed from that date on. `layout` is None where
    the subscriber takes the newsletter's; `keywords` and `likes` are those of the subscription.
    """

    issue_id: int
    subscriber: Subscriber
    topics: frozenset[str]
    attempt: int
    since: date | None = None
    layout: MailLayout | None = None
    keywords: tuple[str, ...] = ()
    likes: Likes = ()

    @property
    def recipient(self) -> str:
        """The address that the mail goes to."""
        return self.subscriber.email


class NoticeKind(StrEnum):
    """A mail to one address that is no issue; its templates are notices/KIND.*.j2."""

    CONFIRM = "confirm"
    KNOWN = "known"
    WELCOME = "welcome"
    PREFERENCES = "preferences"
    ADDRESS = "address"
    ADDRESS_CHANGED = "address-changed"
    REVIEW = "review"  # to an editor: a draft is ready, or its approval is void
    NOT_SENT = "not-sent"  # to an editor: an issue does not go out, and why
    ALERT = "alert"  # a story between issues
    ALERT_HELD = "alert-held"  # to an editor: why there is none

    def is_stopped_by(self, reason: SuppressionReason) -> bool:
        """Whether one to an address that is suppressed is not sent.

        Some were asked for by whoever wrote the address down, or are the last word to an address
        that was given up; a complaint is a no to those as well.
        """
        asked = (
            NoticeKind.CONFIRM,
            NoticeKind.PREFERENCES,
            NoticeKind.ADDRESS,
            NoticeKind.ADDRESS_CHANGED,
            NoticeKind.REVIEW,
            NoticeKind.NOT_SENT,
            NoticeKind.ALERT_HELD,
        )
        return self not in asked or reason is SuppressionReason.COMPLAINED


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that waits, or that this process has taken; `details` fill its template.

    Those of one alert have its number, and details that differ in the subscriber alone.
    """

    id: int
    kind: NoticeKind
    newsletter: str
    email: str
    name: str
    language: str | None
    details: Mapping[str, object]
    created_at: datetime
    alert_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeClaim:
    """A notice that this process has taken; `attempt` counts from 1."""

    notice: Notice
    attempt: int

    @property
    def recipient(self) -> str:
        """The address that the mail goes to."""
        return self.notice.email


class StopKind(StrEnum):
    """What ended a run before its time."""

    REFUSED = "refused"  # something is wrong, and somebody has to mend it
    LIMITED = "limited"  # a backend's limits are used up for now
    ASKED = "asked"  # a signal
    PAUSED = "paused"  # somebody paused or stopped the issue


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before its time; what is left is for a later one."""

    kind: StopKind
    reason: str


class Verdict(StrEnum):
    """What a reply means for the recipient, or for the whole run (`stop`)."""

    SENT = "sent"
    RETRY = "retry"
    REJECTED = "rejected"
    IN_DOUBT = "in doubt"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one attempt: the verdict, and the reply (code and text) that led to it."""

    verdict: Verdict
    reply: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is written of a delivery after an attempt; `server` is who was asked, and where.

    `reply` is what it said, in its own words; empty where nobody was asked.
    """

    state: DeliveryState
    reply: str
    code: int | None = None
    next_attempt_at: datetime | None = None
    server: str = ""
    cause: DeliveryCause | None = None


class BounceKind(StrEnum):
    """What came back by mail, or what a server said at once: see digest.deliver.bounces.rules."""

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTO_REPLY = "auto-reply"
    NOTICE = "notice"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
    COMMENT = "comment"  # an answer to the test mail of a draft


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom something that came back is about; only what is `signed` was said by us.

    The issue is known by its number, or by newsletter and date, or not at all.
    """

    subscriber_id: int
    signed: bool
    issue_id: int | None = None
    newsletter: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class DraftComment:
    """What somebody answered to a test mail of the issue of a date."""

    newsletter: str
    day: date
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """One message that came back, as it was understood."""

    kind: BounceKind
    about: Addressee | None = None
    status: str | None = None
    reason: str = ""
    comment: DraftComment | None = None
