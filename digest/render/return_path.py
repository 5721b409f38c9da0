"""The envelope sender of each message, which names issue and subscriber and is signed.

`bounces+12.345.SIGNATURE@example.org`: what comes back to it says by itself whom it is about,
and nobody can make one up for somebody else.
"""

import hmac
import re

# Hexadecimal: a mail server on the way may change the case of the letters. 80 bits.
_SIGNATURE = 20
_TAG = re.compile(
    rf"(?<![0-9.])([1-9][0-9]{{0,18}})\.([1-9][0-9]{{0,18}})\.([0-9a-f]{{{_SIGNATURE}}})(?![0-9a-z.])",
    re.IGNORECASE,
)


class ReturnPath:
    """Makes tagged addresses of a mailbox, and reads the tags that were made with its keys.

    RFC 5321, section 4.5.3.1.1, allows 64 octets before the @. The settings keep the mailbox to
    20, so with signature, plus sign and dots 21 digits are left for the two numbers.
    """

    def __init__(self, key: str, mailbox: str = "", old_keys: tuple[str, ...] = ()) -> None:
        local, _, domain = mailbox.rpartition("@")
        self._before = f"{local}+"
        self._after = f"@{domain}"
        self._keys = [
            hmac.digest(k.encode(), b"digest.return-path", "sha256") for k in (key, *old_keys)
        ]

    def address(self, issue_id: int, subscriber_id: int) -> str:
        """Where to send back what becomes of one issue to one subscriber."""
        name = f"{issue_id}.{subscriber_id}"
        return f"{self._before}{name}.{_sign(self._keys[0], name)}{self._after}"

    def read(self, text: str) -> tuple[int, int] | None:
        """Issue and subscriber of the first tag in a text whose signature holds, or None.

        The tag may stand anywhere: a forwarder puts it into an address of its own.
        """
        for match in _TAG.finditer(text):
            issue_id, subscriber_id, signature = match.groups()
            signatures = [_sign(key, f"{issue_id}.{subscriber_id}") for key in self._keys]
            if any(hmac.compare_digest(ours, signature.lower()) for ours in signatures):
                return int(issue_id), int(subscriber_id)
        return None


def _sign(key: bytes, name: str) -> str:
    return hmac.digest(key, name.encode(), "sha256").hex()[:_SIGNATURE]
