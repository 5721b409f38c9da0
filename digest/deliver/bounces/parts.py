"""The parts of a message that came back, whatever its sender made of them; pure.

The old policy of the standard library's parser: it keeps a broken header as it is, where the
new one raises. A part without headers is false (`Message` has a length): ask `is None`.
"""

import codecs
import html
import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32

# What a report says of itself stands at the beginning; the rest is the message that it returns.
_BYTES = 250_000
# The library looks at each line once for each multipart that is open, and its work on the
# parameters of a header grows with the square of their number.
_LINES = 5_000
_HEADER = 2_000
# Python decodes these in a time that grows with the square of the length.
_DEAR = ("idna", "punycode")

_HEADERS_ALONE = (
    "text/rfc822-headers",
    "text/rfc822-header",
    "message/rfc822-headers",
    "message/global-headers",
)
_WHOLE = ("message/rfc822", "message/global")
_QUOTED = re.compile(
    r"^(?:return-path|received|dkim-signature|message-id|from): ", re.IGNORECASE | re.MULTILINE
)
_BLOCK_TAG = re.compile(
    r"</?(?:br|p|div|tr|table|li|ul|ol|h[1-6]|hr|pre|blockquote)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")


class _ShortHeaders(Compat32):
    """Reads headers as ever, but for the end of one that is too long."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(list(sourcelines))
        return name, value[:_HEADER]


_POLICY = _ShortHeaders()


def parse(content: bytes) -> Message:
    """The beginning of a message; a line `From ` as an mbox or a pipe has it is no header."""
    lines = content[:_BYTES].split(b"\n", _LINES)[:_LINES]
    return message_from_bytes(b"\n".join(lines), policy=_POLICY)


def header(message: Message, name: str) -> str:
    """A header's text on one line, RFC 2047 decoded; empty where there is none."""
    return next(headers(message, name), "")


def headers(message: Message, name: str) -> Iterator[str]:
    """The texts of all headers of this name."""
    for value in message.get_all(name, []):
        try:
            words = decode_header(value)
        except (HeaderParseError, ValueError):
            words = [(str(value), None)]  # a broken encoding: as it stands
        yield " ".join("".join(_decoded(word, charset) for word, charset in words).split())


def part_of_type(message: Message, *kinds: str) -> Message | None:
    """The first part of one of these types, as a person would come to it."""
    return next((part for part in message.walk() if part.get_content_type() in kinds), None)


def report_type(message: Message) -> str:
    """What a multipart/report says that it is (RFC 6522), in small letters; else empty."""
    if message.get_content_type() != "multipart/report":
        return ""
    return str(message.get_param("report-type", "")).lower()


def blocks(part: Message) -> list[Message]:
    """The groups of fields in a part such as message/delivery-status (RFC 3464, section 2.1)."""
    groups = body(part).replace(b"\r\n", b"\n").split(b"\n\n")
    parser = BytesHeaderParser(policy=_POLICY)
    return [parser.parsebytes(group.strip(b"\n")) for group in groups if group.strip()]


def returned(message: Message) -> Message | None:
    """The headers of the message that was returned, or None."""
    part = part_of_type(message, *_WHOLE, *_HEADERS_ALONE)
    if part is None:
        return None
    return BytesHeaderParser(policy=_POLICY).parsebytes(body(part).lstrip(b"\r\n"))


def quoted(message: Message) -> Message | None:
    """The headers of a returned message that stands in the text itself, or None."""
    words = text(message)
    begin = _QUOTED.search(words)
    if begin is None:
        return None
    return BytesHeaderParser(policy=_POLICY).parsebytes(
        words[begin.start() :].encode("utf-8", "replace")
    )


def text(message: Message) -> str:
    """The first text, which speaks to a person; whatever is no text in it is a mark.

    Of a multipart without parts (its boundary is broken) it is all that stands there.
    """
    by_type = {"text/plain": _plain, "text/html": _plain_of_html, "multipart": _unparted}
    parts = list(_own_parts(message))
    texts = (
        read(part)
        for kind, read in by_type.items()
        for part in parts
        if part.get_content_type().startswith(kind)
    )
    return next(filter(str.strip, texts), "")


def _own_parts(message: Message) -> Iterator[Message]:
    """All parts that are not inside another message."""
    yield message
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _own_parts(part)


def _plain(part: Message) -> str:
    return _decoded(body(part), part.get_content_charset())


def _unparted(part: Message) -> str:
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def _plain_of_html(part: Message) -> str:
    """The words of a page, with an empty line between its blocks."""
    page = _plain(part)
    content = page[max(page.lower().find("<body"), 0) :]
    return html.unescape(_TAG.sub("", _BLOCK_TAG.sub("\n\n", content)))


def body(part: Message) -> bytes:
    """A part's own bytes, decoded.

    The parser takes a message/* part for a message whatever its encoding, and so does not
    decode it: RFC 6522 wants none there, some send base64 all the same.
    """
    if not part.is_multipart():
        decoded = part.get_payload(decode=True)
        return decoded if isinstance(decoded, bytes) else b""
    inner = part.get_payload()
    assert isinstance(inner, list)
    raw = b"\n".join(bytes(block) for block in inner if isinstance(block, Message))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return raw
    plain = Message()
    plain["Content-Transfer-Encoding"] = encoding
    plain.set_payload(raw.decode("ascii", "surrogateescape").strip("\n"))
    decoded = plain.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _decoded(raw: bytes | str, charset: str | None) -> str:
    """Text, in UTF-8 where the charset is missing or unknown, or too dear to decode."""
    if isinstance(raw, str):
        return raw
    try:
        name = codecs.lookup(charset or "utf-8").name
        return raw.decode("utf-8" if name in _DEAR else name, "replace")
    except (LookupError, UnicodeError):
        return raw.decode("utf-8", "replace")
