"""The bytes of a feed to text, whatever they are declared to be; pure and total.

A byte order mark wins (RFC 7303, section 3), then what the bytes themselves show, and only then
what somebody declared: feeds that say ISO-8859-1 and are UTF-8 are common, the reverse too.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<" and the character after it lie in bytes without a mark (XML 1.0, appendix F).
_SHAPES = (
    (re.compile(rb"[<{]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{]"), "utf-32-be"),
    (re.compile(rb"[<{]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.ASCII)
_CHARSET = re.compile(
    r"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.ASCII | re.IGNORECASE
)
_ESCAPED = re.compile(rb"\x1b[$(]|~\{")
_MANY_BYTES = (
    "big5", "cp93", "cp94", "cp950", "euc", "gb", "hz", "iso2022", "johab", "shift", "utf-7",
)  # fmt: skip
_WESTERN = "digest-western"


def _western(error: UnicodeError) -> tuple[str | bytes, int]:
    """A byte that is no UTF-8 as Windows-1252 has it; and back, where it is encoded again."""
    if isinstance(error, UnicodeDecodeError):
        bad = error.object[error.start : error.end]
        return "".join(_WESTERN_TABLE[byte] for byte in bad), error.end
    if isinstance(error, UnicodeEncodeError):
        return error.object[error.start : error.end].encode("latin-1"), error.end
    raise error


_WESTERN_TABLE = [
    bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)
]  # five bytes have no meaning in Windows-1252; they stay what they are in ISO-8859-1
codecs.register_error(_WESTERN, _western)


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a feed or an outline; what cannot be read is replaced, never refused."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            if encoding == "utf-8":
                return _mend(body[len(mark) :].decode(encoding, _WESTERN))
            return body[len(mark) :].decode(encoding, "replace")
    start = body[:4]
    for shape, encoding in _SHAPES:
        if shape.match(start):
            return body.decode(encoding, "replace")
    return _mend(_by_declaration(body, content_type))


def _by_declaration(body: bytes, content_type: str) -> str:
    """The text by the encodings that HTTP and the XML declaration name, else by what it shows."""
    names = _CHARSET.findall(content_type)
    names += [name.decode("ascii") for name in _DECLARED.findall(body[:1000])]
    for name in filter(_is_text_encoding, names):
        try:
            # Only there decoding proves something: in single bytes, any bytes are text.
            many_bytes = codecs.lookup(name).name.startswith(_MANY_BYTES)
            # Whoever says ISO-8859-1 means Windows-1252 (WHATWG Encoding, section 4.2).
            meant = "cp1252" if codecs.lookup(name).name == "iso8859-1" else name
            if many_bytes or _ESCAPED.search(body) or not _is_mostly_utf8(body):
                return body.decode(meant, _WESTERN if not many_bytes else "strict")
        except (LookupError, UnicodeError, ValueError):
            continue
    return body.decode("utf-8" if _is_mostly_utf8(body) else "cp1252", _WESTERN)


def _is_text_encoding(name: str) -> bool:
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    # UTF-16 and UTF-32 would have shown themselves; rot13, zip and the like make no text.
    usable = getattr(codec, "_is_text_encoding", True)
    return usable and not codec.name.startswith(
        ("utf-8", "utf-16", "utf-32", "unicode", "raw-", "punycode", "idna", "undefined", "mbcs")
    )


def _is_mostly_utf8(body: bytes) -> bool:
    """Whether no more bytes are no UTF-8 than characters are of several bytes of it.

    In another encoding hardly any two bytes make a character of UTF-8, so one strange byte in a
    text is a slip, and no sign of another encoding.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return bad <= len(text) - bad - len(text.encode("ascii", "ignore"))


def _mend(text: str) -> str:
    """Text that was encoded twice, with Windows-1252 in between ("Ã©"), once again as it was.

    Only where the whole of it can be read so, and in two places at least: "CAFÉ»" alone
    could be meant.
    """
    if text.isascii() or len(re.findall(r"[\u00c2-\u00f4][^\x00-\x7f]", text)) < 2:
        return text
    try:
        return text.encode("cp1252", _WESTERN).decode("utf-8")
    except UnicodeError:
        return text
