"""The second half of the path: from a rendered issue to the message for one subscriber."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from digest.clock import Clock
from digest.compose.catch_up import away
from digest.compose.issue import on_topics, variant
from digest.compose.keywords import removals, texts_of_issue
from digest.compose.likes import LikedStories, with_full
from digest.keywords import KeywordText, subscriber_filter
from digest.message_id import MessageId
from digest.model import (
    Claim,
    DeliveryCause,
    Envelope,
    Issue,
    Likes,
    Mail,
    MailLayout,
    Newsletter,
    RenderedIssue,
    Subscriber,
)
from digest.render.counted_links import as_mailed
from digest.render.layout import leads_of
from digest.render.links import Links
from digest.render.mail import assemble
from digest.render.message import VariantMessages
from digest.render.pictures import ReadPicture

if TYPE_CHECKING:
    from digest.deliver.dkim import Signer

# So many variants are kept that are as somebody's likes have them, each some 200 kB; a run that
# needs more makes some anew.
MOST_LIKED = 200

# Topics, since when, length, and the numbers of the stories that keywords take out.
VariantKey = tuple[frozenset[str], date | None, MailLayout, frozenset[int]]
MakeSigner = Callable[[Newsletter], "Signer | None"]


def signed(
    envelope: Envelope, signer: "Signer | None", now: datetime, body_begin: bytes = b""
) -> Envelope:
    """The envelope with its message signed, where there is a key.

    `body_begin` is what its body has in common with others.
    """
    if signer is None:
        return envelope
    message = signer(envelope.message, int(now.timestamp()), body_begin)
    return replace(envelope, message=message)


@dataclass(frozen=True, slots=True)
class Variant:
    """The issue as the subscribers of one set of topics and one layout get it.

    `mailed` is what `messages` hold. `mail` is for whoever looks at it: its links are not counted.
    """

    issue: Issue
    mail: Mail
    mailed: Mail
    messages: VariantMessages


@dataclass(frozen=True)
class IssueContent:
    """An issue and its parts; `is_absence` where it tells what its subscriber missed while away."""

    issue: Issue
    rendered: RenderedIssue
    is_absence: bool = False

    @cached_property
    def texts(self) -> dict[int, KeywordText]:
        """What keywords see of each story, by its number."""
        return texts_of_issue(self.issue)

    @cached_property
    def leads(self) -> frozenset[int]:
        """The numbers of the stories that a variant may open with."""
        return leads_of(self.rendered.html, self.issue.all_stories)


def _nothing_missed(since: date) -> IssueContent:
    raise AssertionError(f"nobody was asked what there was since {since}")


def _no_picture(_name: str) -> None:
    return None


@dataclass(slots=True)
class IssueMessages:
    """Messages of one issue; each variant is put together once and kept.

    `catch_up` is asked for the content that tells what was sealed since a date too; `read_picture`
    for the bytes of a picture that the mail brings along.
    """

    issue: Issue
    rendered: RenderedIssue
    newsletter: Newsletter
    links: Links
    clock: Clock
    signer: "Signer | None" = None
    catch_up: Callable[[date], IssueContent] = _nothing_missed
    read_picture: ReadPicture = _no_picture
    _contents: dict[date | None, IssueContent] = field(default_factory=dict)
    _mailed: dict[date | None, RenderedIssue] = field(default_factory=dict)
    _removed: dict[tuple[tuple[str, ...], frozenset[str], date | None], frozenset[int]] = field(
        default_factory=dict
    )
    _variants: dict[VariantKey, Variant | None] = field(default_factory=dict)
    _choices: dict[tuple[frozenset[str], date | None, frozenset[int]], LikedStories] = field(
        default_factory=dict
    )
    _liked: dict[tuple[VariantKey, frozenset[int]], Variant] = field(default_factory=dict)

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its choices."""
        chosen = self.variant(claim.topics, claim.since, claim.layout, claim.keywords, claim.likes)
        return self.envelope_of(chosen, claim.subscriber, claim.issue_id) if chosen else None

    def address(self, claim: Claim) -> Envelope | DeliveryCause | None:
        """The same; where their keywords alone leave nothing of it, that."""
        if self.removed(claim.topics, claim.since, claim.keywords):
            return self.envelope(claim) or DeliveryCause.KEYWORDS
        return self.envelope(claim)

    def envelope_of(
        self, variant: Variant, subscriber: Subscriber, issue_id: int | None = None
    ) -> Envelope:
        """The final message of a variant to one subscriber, signed where there is a key."""
        now, messages = self.clock(), variant.messages
        envelope = messages.envelope(subscriber, now, issue_id)
        return signed(envelope, self.signer, now, messages.body_begin)

    def test_envelope(self, variant: Variant, email: str) -> Envelope:
        """A variant to an address as a test: marked in the subject, and its links are nobody's.

        Where a mailbox is read, an answer to it is a comment at the draft.
        """
        now, newsletter = self.clock(), self.newsletter
        if self.links.bounce_mailbox:
            answers_to = self.links.draft_address().address(newsletter.id, variant.issue.date)
            newsletter = replace(newsletter, reply_to=answers_to)
        subject = f"[Test] {variant.mail.subject}"
        messages = VariantMessages(
            replace(variant.mail, subject=subject),
            variant.issue,
            newsletter,
            self.links,
            self.read_picture,
        )
        message_id = MessageId.of_test(variant.issue.key, self.newsletter.sender_domain)
        envelope = messages.envelope(Subscriber(0, email), now, message_id=message_id)
        return signed(envelope, self.signer, now)

    def variant(
        self,
        topics: frozenset[str],
        since: date | None = None,
        layout: MailLayout | None = None,
        keywords: tuple[str, ...] = (),
        likes: Likes = (),
    ) -> Variant | None:
        """The issue for subscribers of these topics, None where it holds nothing for them.

        With `since` it tells what was sealed from that date on; without a layout it has the
        newsletter's. Lists of keywords that take the same stories out of it share a variant, and so
        do `likes` that choose the same to be told in full.
        """
        removed = self.removed(topics, since, keywords)
        key = (topics, since, layout or self.newsletter.layout, removed)
        if key not in self._variants:
            self._variants[key] = self._make(self._content(since), topics, key[2], removed)
        made = self._variants[key]
        if made is None or not likes or not self.newsletter.more_like_this:
            return made
        return self._as_liked(key, made, likes)

    def _as_liked(self, key: VariantKey, made: Variant, likes: Likes) -> Variant:
        topics, since, layout, removed = key
        content = self._content(since)
        if (topics, since, removed) not in self._choices:
            self._choices[topics, since, removed] = LikedStories(
                made.issue, content.issue, self.newsletter, content.leads
            )
        in_full = self._choices[topics, since, removed].in_full(likes)
        if in_full == {story.id for story in made.issue.stories}:
            return made
        if (key, in_full) not in self._liked:
            if len(self._liked) >= MOST_LIKED:
                self._liked.clear()
            issue = with_full(made.issue, in_full, content.leads)
            if issue.lead != made.issue.lead:
                issue = self._told_away(content, issue)
            self._liked[key, in_full] = self._lay_out(content, issue, layout)
        return self._liked[key, in_full]

    def removed(
        self, topics: frozenset[str], since: date | None, keywords: tuple[str, ...]
    ) -> frozenset[int]:
        """The numbers of the stories on these topics that a subscriber's keywords take out."""
        if not keywords:
            return frozenset()
        key = (keywords, topics, since)
        if key not in self._removed:
            content = self._content(since)
            found = removals(content.texts, subscriber_filter(keywords))
            self._removed[key] = on_topics(content.issue, topics).intersection(found)
        return self._removed[key]

    def _content(self, since: date | None) -> IssueContent:
        if since not in self._contents:
            alone = IssueContent(self.issue, self.rendered)
            self._contents[since] = alone if since is None else self.catch_up(since)
        return self._contents[since]

    def _make(
        self,
        content: IssueContent,
        topics: frozenset[str],
        layout: MailLayout,
        removed: frozenset[int],
    ) -> Variant | None:
        newsletter = replace(self.newsletter, layout=layout)
        issue = variant(content.issue, topics, newsletter, removed, content.leads)
        if issue is None:
            return None
        return self._lay_out(content, self._told_away(content, issue), layout)

    def _told_away(self, content: IssueContent, issue: Issue) -> Issue:
        """The issue with a subject that says that its subscriber was away, where they were."""
        if not content.is_absence:
            return issue
        from digest.render.translations import away_words

        return away(issue, away_words(self.newsletter.language))

    def _lay_out(self, content: IssueContent, issue: Issue, layout: MailLayout) -> Variant:
        if issue.lead.id not in content.leads:
            # Their keywords left nothing that was rendered in full.
            layout = "headlines"
        newsletter = replace(self.newsletter, layout=layout)
        mail = mailed = assemble(content.rendered, issue, newsletter)
        if content.rendered.counts_clicks:
            mailed = assemble(self._as_mailed(content), issue, newsletter)
        messages = VariantMessages(mailed, issue, newsletter, self.links, self.read_picture)
        return Variant(issue, mail, mailed, messages)

    def _as_mailed(self, content: IssueContent) -> RenderedIssue:
        since = content.issue.since
        if since not in self._mailed:
            self._mailed[since] = as_mailed(content.rendered, content.issue, self.links)
        return self._mailed[since]
