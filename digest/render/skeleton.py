"""A variant as an encoded message with slots: built once, filled for each subscriber in µs.

All that is the same for everyone (headers, MIME structure, both parts in quoted-printable) is
encoded once, apart from the slots; a slot's value is encoded by itself, between soft line breaks.
No line begins with a dot, so the message needs no dot-stuffing (RFC 5321, section 4.5.2).
"""

import re
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from digest.render.placeholders import PERSONAL, Placeholders

# A soft line break: the slot's value, and what follows it, begin at the start of a line.
_SOFT = b"=\r\n"


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Literal bytes and slot names in turn, beginning and ending with a literal."""

    literals: tuple[bytes, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """The message of one subscriber: `values` are encoded already, by slot name."""
        pieces: list[bytes] = [b""] * (len(self.literals) + len(self.names))
        pieces[0::2] = self.literals
        pieces[1::2] = [values[name] for name in self.names]
        return b"".join(pieces)

    @property
    def body_begin(self) -> bytes:
        """Of a whole message: what its body begins with for everybody, up to the first slot."""
        with_body = next(literal for literal in self.literals if b"\r\n\r\n" in literal)
        return with_body.partition(b"\r\n\r\n")[2]

    @property
    def size(self) -> int:
        """Bytes without the values."""
        return sum(map(len, self.literals))


def join(parts: Sequence["Skeleton | bytes"]) -> Skeleton:
    """One skeleton from several, and from bytes between them."""
    literals, names = [b""], list[str]()
    for part in parts:
        more = part if isinstance(part, Skeleton) else Skeleton((part,), ())
        literals[-1] += more.literals[0]
        literals += more.literals[1:]
        names += more.names
    return Skeleton(tuple(literals), tuple(names))


def body_skeleton(text: str, placeholders: Placeholders, kind: str) -> Skeleton:
    """A part's content in quoted-printable; its slots are named `NAME.KIND`."""
    pieces = placeholders.find(text)
    literals, names = pieces[0::2], pieces[1::2]
    unknown = set(names) - set(PERSONAL)
    if unknown:
        raise ValueError(f"a slot was left open: {', '.join(sorted(unknown))}")
    last = len(literals) - 1
    return Skeleton(
        literals=tuple(
            (_SOFT if number else b"")
            + (broken(encode(literal)) if number < last else encode(literal))
            for number, literal in enumerate(literals)
        ),
        names=tuple(f"{name}.{kind}" for name in names),
    )


def broken(encoded: bytes) -> bytes:
    """Encoded text with a soft line break after it, however full its last line is."""
    if len(encoded) - encoded.rfind(b"\n") - 1 < 76:
        return encoded + _SOFT
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + _SOFT + _hide_dots(encoded[cut:]) + _SOFT


def encode(text: str) -> bytes:
    """Text in quoted-printable (RFC 2045, section 6.7), CRLF lines of at most 76."""
    data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    encoded = b2a_qp(data, istext=True)
    # The library takes its line ends from the text's first one; a text without any gets \n.
    if b"\n" in encoded:
        encoded = encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return _hide_dots(encoded) if encoded.startswith(b".") or b"\n." in encoded else encoded


def _hide_dots(encoded: bytes) -> bytes:
    """A dot that begins a line is written =2E, on a line of its own where it would not fit."""

    def hidden(match: re.Match[bytes]) -> bytes:
        dots, line = match[1], match[2]
        head = b"=2E=\r\n" * (len(dots) - 1) + b"=2E"
        return head + (line if len(line) <= 73 else _SOFT + line)

    return re.sub(rb"(?m)^(\.+)([^\r\n]*)", hidden, encoded)


def personal_values(values: Mapping[str, str]) -> dict[str, bytes]:
    """The values of the body's slots, encoded for the text and for the HTML."""
    encoded: dict[str, bytes] = {}
    for name, value in values.items():
        in_html = escape(value)
        encoded[f"{name}.text"] = plain = encode(value)
        encoded[f"{name}.html"] = plain if in_html == value else encode(in_html)
    return encoded
