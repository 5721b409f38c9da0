"""The addresses that a mail points to; a subscriber's are signed and hold no mail address.

A token says for whom it is, by number, and is signed for one purpose: `daily.7.SIGNATURE`. Those of
the first mails had another form, which is still read: mails lie in mailboxes for years.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import quote

from itsdangerous import BadData, BadSignature, Signer, URLSafeSerializer

from digest.model import Issue, Story
from digest.render.draft_address import DraftAddress
from digest.render.return_path import ReturnPath
from digest.text import digest_of

# An id of 63 characters, a number of 19, a signature of 43, and the dots.
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Links:
    """Builds links below the site's address; `key` signs the personal ones.

    `pictures` is where pictures are, if not there.
    """

    site: str
    key: str
    unsubscribe_mailbox: str = ""
    bounce_mailbox: str = ""
    old_keys: tuple[str, ...] = ()
    pictures: str = ""

    def story(self, story: Story) -> str:
        """The story's page."""
        return f"{self.site}/stories/{story.slug}"

    def counted(self, newsletter: str, story_id: int, number: int) -> str:
        """Where a link of a mailed story is counted: 0 is its page, others are its sources."""
        return f"{self.site}/go/{newsletter}/{story_id}/{number}"

    def picture(self, name: str) -> str:
        """A picture of ours, by the name of its file."""
        return f"{self.pictures or f'{self.site}/pictures'}/{name}"

    def sign_up(self, newsletter: str) -> str:
        """The page with the form for whom a mail was passed on to."""
        return f"{self.site}/sign-up?newsletter={newsletter}"

    def issue(self, issue: Issue) -> str:
        """The issue as a page; all issues, where one mail tells of several."""
        archive = f"{self.site}/issues/{issue.newsletter}"
        return archive if issue.since else f"{archive}/{issue.date.isoformat()}"

    def unsubscribe(self, newsletter: str, subscriber_id: int) -> str:
        """The page, and the RFC 8058 target, that ends a subscription."""
        return f"{self.site}/unsubscribe/{self._token('unsubscribe', newsletter, subscriber_id)}"

    def preferences(self, newsletter: str, subscriber_id: int) -> str:
        """The page on which a subscriber chooses."""
        return f"{self.site}/preferences/{self._token('preferences', newsletter, subscriber_id)}"

    def likes(self, newsletter: str, subscriber_id: int) -> str:
        """The pages on which a subscriber wants more or less like a story begin with it."""
        return f"{self.site}/like/{self._token('like', newsletter, subscriber_id)}"

    def stop_alerts(self, newsletter: str, subscriber_id: int) -> str:
        """The page, and the RFC 8058 target, that ends alerts and nothing else."""
        return f"{self.site}/alerts/{self._token('alerts', newsletter, subscriber_id)}"

    def unsubscribe_mail(self, link: str) -> str | None:
        """The mailto: way out (RFC 6068) beside a link to leave, where there is a mailbox."""
        if not self.unsubscribe_mailbox:
            return None
        token = link.rpartition("/")[2]
        mailbox = quote(self.unsubscribe_mailbox, safe="@+")
        return f"mailto:{mailbox}?subject={quote('unsubscribe ' + token)}"

    def confirm(self, signup_id: int) -> str:
        """The page with the button that makes a sign-up a subscription."""
        return f"{self.site}/confirm/{self._signer('confirm').sign(str(signup_id)).decode()}"

    def confirm_address(self, change_id: int) -> str:
        """The page with the button that makes a new address a subscriber's own."""
        return f"{self.site}/address/{self._signer('address').sign(str(change_id)).decode()}"

    def review(self, newsletter: str, day: date, editor: str) -> str:
        """The page on which an editor, by address, approves or holds the issue of a date."""
        text = f"{newsletter}.{day.toordinal()}.{editor_key(editor)}"
        return f"{self.site}/review/{self._signer('review').sign(text).decode()}"

    def read_review(self, token: str) -> tuple[str, date, str] | None:
        """Newsletter, date and the key of the editor of such a page, or None."""
        text = self._unsign("review", token)
        if text is None:
            return None
        newsletter, day, key = text.rsplit(".", 2)
        return newsletter, date.fromordinal(int(day)), key

    def shared_draft(self, newsletter: str, day: date, until: datetime) -> str:
        """The token of a link that shows an issue to whoever has it, until a time."""
        text = f"{newsletter}.{day:%Y%m%d}.{int(until.timestamp())}"
        return self._signer("draft").sign(text).decode()

    def read_shared_draft(self, token: str) -> tuple[str, date, datetime] | None:
        """Newsletter, date and end of a token of `shared_draft`, or None."""
        text = self._unsign("draft", token)
        if text is None:
            return None
        newsletter, day, until = text.rsplit(".", 2)
        ends = datetime.fromtimestamp(int(until), UTC)
        return newsletter, datetime.strptime(day, "%Y%m%d").date(), ends  # noqa: DTZ007 - a date

    def draft_address(self, newsletters: Iterable[str] = ()) -> DraftAddress:
        """The addresses to which answers to test mails go."""
        return DraftAddress(self.key, self.bounce_mailbox, newsletters, self.old_keys)

    def return_path(self) -> ReturnPath:
        """The addresses to which what cannot be delivered comes back."""
        return ReturnPath(self.key, self.bounce_mailbox, self.old_keys)

    def read_token(self, purpose: str, token: str) -> tuple[str, int] | None:
        """Newsletter and subscriber of a token made for this purpose, or None."""
        text = self._unsign(purpose, token)
        if text is None:
            return self._read_first_form(purpose, token)
        newsletter, _, number = text.rpartition(".")
        return newsletter, int(number)

    def read_number(self, purpose: str, token: str) -> int | None:
        """The number in a token made for `confirm` or `address`, or None."""
        text = self._unsign(purpose, token)
        return None if text is None else int(text)

    def _unsign(self, purpose: str, token: str) -> str | None:
        # The library decodes a signature whatever else stands in it.
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return self._signer(purpose).unsign(token).decode()
        except BadSignature:
            return None

    def _read_first_form(self, purpose: str, token: str) -> tuple[str, int] | None:
        """What a token of the first mails says: it is signed JSON, `["daily", 7]`."""
        if not _TOKEN.fullmatch(token):
            return None
        serializer = URLSafeSerializer([*self.old_keys, self.key], salt=f"digest.{purpose}")
        try:
            newsletter, number = serializer.loads(token)
        except BadData:
            return None
        return newsletter, number

    def _token(self, purpose: str, newsletter: str, subscriber_id: int) -> str:
        """As `_signer` signs it, which takes three times as long: each message has two."""
        text = f"{newsletter}.{subscriber_id}"
        signature = hmac.digest(_bound(self.key, purpose), text.encode(), "sha256")
        return f"{text}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    def _signer(self, purpose: str) -> Signer:
        return _signer_for((*self.old_keys, self.key), purpose)


def editor_key(address: str) -> str:
    """Stands for an editor's address in a link, which holds no address."""
    return digest_of(address.casefold())[:8]


@lru_cache(maxsize=64)
def _signer_for(keys: tuple[str, ...], purpose: str) -> Signer:
    """Signs by HMAC-SHA-256 with the last key, and takes what any of them signed.

    The purpose is in the key, so one page's token opens no other. Compared in constant time.
    """
    bound = [_bound(key, purpose) for key in keys]
    return Signer(bound, key_derivation="none", digest_method=hashlib.sha256)


@lru_cache(maxsize=64)
def _bound(key: str, purpose: str) -> bytes:
    """A key for one purpose."""
    return hmac.digest(key.encode(), f"digest.{purpose}".encode(), "sha256")
