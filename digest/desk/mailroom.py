"""The second half of the path: from a rendered issue to the message for one subscriber."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from digest.clock import Clock
from digest.compose.issue import variant
from digest.model import Claim, Envelope, Issue, Mail, Newsletter, RenderedIssue, Subscriber
from digest.render.links import Links
from digest.render.mail import assemble
from digest.render.message import Press

# A message and a time (seconds since 1970): the message with its signatures.
Signer = Callable[[bytes, int], bytes]


@dataclass(frozen=True, slots=True)
class Variant:
    """The issue as the readers of one set of topics get it."""

    issue: Issue
    mail: Mail
    press: Press


@dataclass(slots=True)
class Mailroom:
    """Messages of one issue; each variant is put together once and kept."""

    issue: Issue
    rendered: RenderedIssue
    newsletter: Newsletter
    links: Links
    clock: Clock
    signer: Signer | None = None
    _variants: dict[frozenset[str], Variant | None] = field(default_factory=dict)

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its topics."""
        found = self.variant(claim.topics)
        return self.envelope_of(found, claim.subscriber, claim.issue_id) if found else None

    def envelope_of(
        self, found: Variant, subscriber: Subscriber, issue_id: int | None = None
    ) -> Envelope:
        """The final message of a variant to one subscriber, signed where there is a key."""
        now = self.clock()
        envelope = found.press.envelope(subscriber, now, issue_id)
        if self.signer is None:
            return envelope
        return replace(envelope, message=self.signer(envelope.message, int(now.timestamp())))

    def variant(self, topics: frozenset[str]) -> Variant | None:
        """The issue for readers of these topics, None where it holds nothing for them."""
        if topics not in self._variants:
            self._variants[topics] = self._make(topics)
        return self._variants[topics]

    def _make(self, topics: frozenset[str]) -> Variant | None:
        issue = variant(self.issue, topics)
        if issue is None:
            return None
        mail = assemble(self.rendered, issue, self.newsletter)
        return Variant(issue, mail, Press(mail, issue, self.newsletter, self.links))
