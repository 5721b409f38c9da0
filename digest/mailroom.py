"""The second half of the path: from a rendered issue to the message for one subscriber."""

from dataclasses import dataclass, field

from digest.clock import Clock
from digest.compose.issue import variant
from digest.model import Claim, Envelope, Issue, Mail, Newsletter, RenderedIssue
from digest.render.links import Links
from digest.render.mail import assemble
from digest.render.message import Press


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
    _variants: dict[frozenset[str], Variant | None] = field(default_factory=dict)

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its topics."""
        found = self.variant(claim.topics)
        return found.press.envelope(claim.subscriber, self.clock()) if found else None

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
