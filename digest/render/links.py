"""The addresses that a mail points to; those of a person are signed and hold no address.

A token says what it is for and whom it is for, by number: [newsletter, subscriber].
"""

from dataclasses import dataclass
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeSerializer

from digest.model import Issue, Story


@dataclass(frozen=True, slots=True)
class Links:
    """Builds links below the site's address; `key` signs the personal ones."""

    site: str
    key: str
    unsubscribe_mailbox: str = ""

    def story(self, story: Story) -> str:
        """The story's page."""
        return f"{self.site}/stories/{story.slug}"

    def issue(self, issue: Issue) -> str:
        """The issue as a page."""
        return f"{self.site}/issues/{issue.newsletter}/{issue.date.isoformat()}"

    def unsubscribe(self, newsletter: str, subscriber_id: int) -> str:
        """The page, and the RFC 8058 target, that ends a subscription."""
        return f"{self.site}/unsubscribe/{self._token('unsubscribe', newsletter, subscriber_id)}"

    def preferences(self, newsletter: str, subscriber_id: int) -> str:
        """The page on which a reader chooses."""
        return f"{self.site}/preferences/{self._token('preferences', newsletter, subscriber_id)}"

    def unsubscribe_mail(self, newsletter: str, subscriber_id: int) -> str | None:
        """The mailto: way out (RFC 6068), where there is a mailbox that is read."""
        if not self.unsubscribe_mailbox:
            return None
        token = self._token("unsubscribe", newsletter, subscriber_id)
        return f"mailto:{self.unsubscribe_mailbox}?subject={quote('unsubscribe ' + token)}"

    def read_token(self, purpose: str, token: str) -> tuple[str, int] | None:
        """Newsletter and subscriber of a token made for this purpose, or None."""
        try:
            newsletter, subscriber_id = self._serializer(purpose).loads(token)
        except (BadSignature, TypeError, ValueError):
            return None
        return newsletter, subscriber_id

    def _token(self, purpose: str, newsletter: str, subscriber_id: int) -> str:
        return str(self._serializer(purpose).dumps([newsletter, subscriber_id]))

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.key, salt=f"digest.{purpose}")
