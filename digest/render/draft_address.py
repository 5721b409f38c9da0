"""Where answers to the test mails of an issue go: a tagged address of the mailbox that is read.

`bounces+c20261121.SIGNATURE@example.org`: the signature is over newsletter and date, so nobody can
comment on an issue of which they got no test.
"""

import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import date

# Hexadecimal: a mail server on the way may change the case of the letters. 80 bits.
_SIGNATURE = 20
_TAG = re.compile(
    rf"(?<![0-9a-z])c([0-9]{{8}})\.([0-9a-f]{{{_SIGNATURE}}})(?![0-9a-z.])", re.IGNORECASE
)


class DraftAddress:
    """Makes these addresses, and reads those that were made with its keys for a newsletter."""

    def __init__(
        self,
        key: str,
        mailbox: str,
        newsletters: Iterable[str] = (),
        old_keys: Sequence[str] = (),
    ) -> None:
        local, _, domain = mailbox.rpartition("@")
        self._before, self._after = f"{local}+c", f"@{domain}"
        self._newsletters = tuple(newsletters)
        self._keys = [hmac.digest(k.encode(), b"digest.draft", "sha256") for k in (key, *old_keys)]

    def address(self, newsletter: str, day: date) -> str:
        """Where an answer to a test of the issue of a date goes."""
        signature = _sign(self._keys[0], newsletter, f"{day:%Y%m%d}")
        return f"{self._before}{day:%Y%m%d}.{signature}{self._after}"

    def read(self, text: str) -> tuple[str, date] | None:
        """Newsletter and date of the first tag in a text whose signature holds, or None."""
        for match in _TAG.finditer(text):
            day, signature = match[1], match[2].lower()
            for newsletter in self._newsletters:
                signatures = (_sign(key, newsletter, day) for key in self._keys)
                if any(hmac.compare_digest(ours, signature) for ours in signatures):
                    return newsletter, date.fromisoformat(day)
        return None


def _sign(key: bytes, newsletter: str, day: str) -> str:
    return hmac.digest(key, f"{newsletter} {day}".encode(), "sha256").hex()[:_SIGNATURE]
