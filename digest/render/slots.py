"""Slots: the places in a rendered mail where a person's own values go.

A slot's mark holds a nonce that no story text can know, so none can make one (promise 7).
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

NAMES = ("address", "unsubscribe", "preferences")


@dataclass(frozen=True, slots=True)
class Slots:
    """The marks of one rendering."""

    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def mark(self, name: str) -> str:
        """What stands in the rendered mail for the value `name`."""
        return f"slot-{self.nonce}-{name}-end"

    @property
    def marks(self) -> dict[str, str]:
        """All marks by name, for the templates."""
        return {name: self.mark(name) for name in NAMES}

    def fill(self, text: str, values: Mapping[str, str], *, html: bool) -> str:
        """The text with every mark replaced; values are escaped in HTML."""

        def value(match: re.Match[str]) -> str:
            found = values[match[1]]
            return escape(found) if html else found

        return re.sub(rf"slot-{self.nonce}-([a-z]+)-end", value, text)
