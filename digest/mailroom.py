"""The second half of the path: from an issue to the message for one subscriber."""

from dataclasses import dataclass, field

from digest.clock import Clock
from digest.compose.issue import variant
from digest.model import Claim, Envelope, Issue, Mail, Newsletter
from digest.render.mail import Renderer
from digest.render.message import build_envelope


@dataclass(slots=True)
class Mailroom:
    """Messages of one issue; each variant is rendered once and kept."""

    issue: Issue
    newsletter: Newsletter
    renderer: Renderer
    clock: Clock
    _variants: dict[frozenset[str], tuple[Issue, Mail] | None] = field(default_factory=dict)

    def envelope(self, claim: Claim) -> Envelope | None:
        """The message for a claim, or None where the issue holds nothing for its topics."""
        found = self.variant(claim.topics)
        if found is None:
            return None
        issue, mail = found
        return build_envelope(
            mail,
            issue,
            self.newsletter,
            claim.subscriber,
            links=self.renderer.links,
            slots=self.renderer.slots,
            now=self.clock(),
        )

    def variant(self, topics: frozenset[str]) -> tuple[Issue, Mail] | None:
        """The issue as readers of these topics see it, and its mail."""
        if topics not in self._variants:
            issue = variant(self.issue, topics)
            mail = self.renderer.render(issue, self.newsletter) if issue else None
            self._variants[topics] = (issue, mail) if issue and mail else None
        return self._variants[topics]
