"""The second half of the path: from a rendered issue to the message for one subscriber."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from digest.clock import Clock
from digest.compose.catch_up import away
from digest.compose.issue import variant
from digest.compose.likes import LikedStories, with_full
from digest.message_id import MessageId
from digest.model import (
    Claim,
    Envelope,
    Issue,
    Likes,
    Mail,
    MailLayout,
    Newsletter,
    RenderedIssue,
    Subscriber,
)
from digest.render.links import Links
from digest.render.mail import assemble
from digest.render.message import VariantMessages
from digest.render.pictures import ReadPicture

if TYPE_CHECKING:
    from digest.deliver.dkim import Signer

# So many variants are kept that are as somebody's likes have them, each some 200 kB; a run that
# needs more makes some anew.
MOST_LIKED = 200
MakeSigner = Callable[[Newsletter], "Signer | None"]


def signed(envelope: Envelope, signer: "Signer | None", now: datetime) -> Envelope:
    """The envelope with its message signed, where there is a key."""
    if signer is None:
        return envelope
    return replace(envelope, message=signer(envelope.message, int(now.timestamp())))


@dataclass(frozen=True, slots=True)
class Variant:
    """The issue as the subscribers of one set of topics and one layout get it."""

    issue: Issue
    mail: Mail
    messages: VariantMessages


@dataclass(frozen=True, slots=True)
class IssueContent:
    """An issue and its parts; `is_absence` where it tells what its subscriber missed while away."""

    issue: Issue
    rendered: RenderedIssue
    is_absence: bool = False


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
    _contents: dict[date, IssueContent] = field(default_factory=dict)
    _variants: dict[tuple[frozenset[str], date | None, MailLayout], Variant | None] = field(
        default_factory=dict
    )
    _choices: dict[tuple[frozenset[str], date | None], LikedStories] = field(default_factory=dict)
    _liked: dict[tuple[frozenset[str], date | None, MailLayout, frozenset[int]], Variant] = field(
        default_factory=dict
    )

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its topics."""
        chosen = self.variant(claim.topics, claim.since, claim.layout, claim.likes)
        return self.envelope_of(chosen, claim.subscriber, claim.issue_id) if chosen else None

    def envelope_of(
        self, variant: Variant, subscriber: Subscriber, issue_id: int | None = None
    ) -> Envelope:
        """The final message of a variant to one subscriber, signed where there is a key."""
        now = self.clock()
        return signed(variant.messages.envelope(subscriber, now, issue_id), self.signer, now)

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
        likes: Likes = (),
    ) -> Variant | None:
        """The issue for subscribers of these topics, None where it holds nothing for them.

        With `since` it tells what was sealed from that date on; without a layout it has the
        newsletter's. `likes` choose what of it is told in full; those that choose alike share a
        variant.
        """
        key = (topics, since, layout or self.newsletter.layout)
        if key not in self._variants:
            self._variants[key] = self._make(self._content(since), topics, key[2])
        made = self._variants[key]
        if made is None or not likes or not self.newsletter.more_like_this:
            return made
        if (topics, since) not in self._choices:
            whole = self._content(since).issue
            self._choices[topics, since] = LikedStories(made.issue, whole, self.newsletter)
        in_full = self._choices[topics, since].in_full(likes)
        if in_full == {story.id for story in made.issue.stories}:
            return made
        return self._liked_variant((*key, in_full), made.issue)

    def _liked_variant(
        self, key: tuple[frozenset[str], date | None, MailLayout, frozenset[int]], before: Issue
    ) -> Variant:
        if key not in self._liked:
            if len(self._liked) >= MOST_LIKED:
                self._liked.clear()
            _, since, layout, in_full = key
            content, issue = self._content(since), with_full(before, in_full)
            if issue.lead != before.lead:
                issue = self._told_away(content, issue)
            self._liked[key] = self._lay_out(content, issue, layout)
        return self._liked[key]

    def _content(self, since: date | None) -> IssueContent:
        if since is None:
            return IssueContent(self.issue, self.rendered)
        if since not in self._contents:
            self._contents[since] = self.catch_up(since)
        return self._contents[since]

    def _make(
        self, content: IssueContent, topics: frozenset[str], layout: MailLayout
    ) -> Variant | None:
        newsletter = replace(self.newsletter, layout=layout)
        issue = variant(content.issue, topics, newsletter)
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
        newsletter = replace(self.newsletter, layout=layout)
        mail = assemble(content.rendered, issue, newsletter)
        messages = VariantMessages(mail, issue, newsletter, self.links, self.read_picture)
        return Variant(issue, mail, messages)
