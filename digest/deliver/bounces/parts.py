"""The parts of a message that came back, whatever its sender made of them; pure.

The old policy of the standard library's parser: it keeps a broken header as it is, where the
new one raises.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

_HEADERS_ALONE = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_WHOLE = ("message/rfc822", "message/global")
_QUOTED = re.compile(
    r"^(?:return-path|received|dkim-signature|message-id|from): ", re.IGNORECASE | re.MULTILINE
)


def parse(content: bytes) -> Message:
    """A message; a first line `From ` as an mbox or a pipe has it is no header."""
    return message_from_bytes(content)


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
    parser = BytesHeaderParser()
    return [parser.parsebytes(group.strip(b"\n")) for group in groups if group.strip()]


def returned(message: Message) -> Message | None:
    """The headers of the message that was returned, or None."""
    part = part_of_type(message, *_WHOLE, *_HEADERS_ALONE)
    if part is None:
        return None
    return BytesHeaderParser().parsebytes(body(part).lstrip(b"\r\n"))


def quoted(message: Message) -> Message | None:
    """The headers of a returned message that stands in the text itself, or None."""
    words = text(message)
    begin = _QUOTED.search(words)
    if begin is None:
        return None
    return BytesHeaderParser().parsebytes(words[begin.start() :].encode("utf-8", "replace"))


def text(message: Message) -> str:
    """The first text, which speaks to a person; whatever is no text in it is a mark."""
    part = part_of_type(message, "text/plain") or part_of_type(message, "text/html")
    if part is None:
        return ""
    return _decoded(body(part), part.get_content_charset())


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
    raw = b"\n".join(bytes(each) for each in inner if isinstance(each, Message))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return raw
    plain = Message()
    plain["Content-Transfer-Encoding"] = encoding
    plain.set_payload(raw.decode("ascii", "surrogateescape").strip("\n"))
    decoded = plain.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _decoded(raw: bytes | str, charset: str | None) -> str:
    """Text, in UTF-8 where the charset is missing or unknown."""
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode(charset or "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
