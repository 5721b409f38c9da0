"""The Message-ID of a mail of ours: made when it is sent, read when it comes back.

It depends on who is mailed what, and on nothing else: a copy that is sent again has the same.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

_ID = re.compile(r"\s*<([^<>@\s]{1,200})@([^<>@\s]{1,255})>")
_DELIVERY = re.compile(r"([a-z0-9][a-z0-9-]{0,62})-([0-9]{4}-[0-9]{2}-[0-9]{2})-([1-9][0-9]{0,17})")


class NamedDelivery(NamedTuple):
    """The delivery that a Message-ID names; anybody can write one, so it proves nothing."""

    newsletter: str
    day: date
    subscriber_id: int


@dataclass(frozen=True, slots=True)
class MessageId:
    """`<daily-2026-11-21-7@example.org>`; `name` is what stands before the @."""

    name: str
    domain: str

    @classmethod
    def of_delivery(cls, issue_key: str, subscriber_id: int, domain: str) -> Self:
        """Of an issue (`daily-2026-11-21`) to a subscriber."""
        return cls(f"{issue_key}-{subscriber_id}", domain)

    @classmethod
    def of_notice(cls, kind: str, day: date, number: int, domain: str) -> Self:
        """Of a notice, by the day on which it was queued; never that of a delivery."""
        return cls(f"{kind}-{day:%Y%m%d}-{number}", domain)

    @classmethod
    def of_test(cls, issue_key: str, domain: str) -> Self:
        """Of a test of an issue, each another: mail programs show a Message-ID once."""
        return cls(f"test-{secrets.token_hex(6)}-{issue_key}", domain)

    @classmethod
    def read(cls, header: str) -> Self | None:
        """The first one in a header, whoever made it."""
        match = _ID.match(header)
        return cls(match[1], match[2]) if match else None

    @property
    def delivery(self) -> NamedDelivery | None:
        """The delivery that it names, None where it has not the form of one of ours."""
        match = _DELIVERY.fullmatch(self.name)
        if match is None:
            return None
        try:
            return NamedDelivery(match[1], date.fromisoformat(match[2]), int(match[3]))
        except ValueError:  # 2026-02-30
            return None

    def __str__(self) -> str:
        return f"<{self.name}@{self.domain}>"
