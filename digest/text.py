"""Small pure functions on text and addresses that several stages need."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from urllib.parse import urlsplit

# Bidirectional overrides and embeddings can make a line read other than it is written; XML takes
# no U+FFFE. ZWJ and ZWNJ stay: emoji and Persian need them.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# With the line separators, which can break a header.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

# What a terminal obeys instead of showing it (lines and tabs apart), what turns the direction of a
# line, and halves of characters, which cannot be written at all.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)

# What an address is made of before its last @, in running text and beyond ASCII (RFC 6531).
_PART = r'[^\s<>()\[\],;:"\\]'
# A quoted local part (RFC 5321 has 64 octets), or a word from its beginning, so that a long one is
# looked at once, or the end of what is quoted otherwise; some servers write the sign as a web
# address does. Then a domain, or an address literal in brackets.
_ADDRESS = re.compile(
    rf'("(?:[^"\\]|\\.){{0,200}}"|(?<!{_PART}){_PART}+|")(?:@|%40)'
    r'(\[[^\[\]\s]{0,80}\]|[^\s<>()\[\],;:"\'\\@]+)'
)


def at_line(file: str, line: int | None, reason: str) -> str:
    """What is wrong where: `news.txt:3: no headline`."""
    return f"{file}: {reason}" if line is None else f"{file}:{line}: {reason}"


def plural(count: int, word: str) -> str:
    """`1 story`, `2,000 stories`, `2 processes`."""
    if word.endswith("y") and word[-2] not in "aeiou":
        many = word[:-1] + "ies"
    else:
        many = word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
    return f"{count:,} {word if count == 1 else many}"


def did_you_mean(name: str, names: Collection[str]) -> str:
    """The end of a sentence about an unknown name: the known one that is nearest to it, if any."""
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def digest_of(value: object) -> str:
    """SHA-256, in hex, of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def slugify(text: str, *, limit: int = 60) -> str:
    """Small ASCII letters, digits and hyphens, whole words, at most `limit` characters."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    if len(slug) > limit:
        slug = slug[: limit + 1].rpartition("-")[0] or slug[:limit]
    return slug or "story"


def is_web_address(url: str) -> bool:
    """Whether a link may be shown: absolute, http or https, one line, with a host."""
    if re.search(r'[\s<>"\\]', url) or _CONTROL.search(url) or _INVISIBLE.search(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # ValueError where it is no number, or too large
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def has_controls(text: str) -> bool:
    """Whether there is a control character in a text, a line end or a tab among them."""
    return bool(re.search(r"[\n\t]", text) or _CONTROL.search(text))


def without_controls(text: str) -> str:
    """Text with a space for each control character, lines and tabs apart."""
    return _CONTROL.sub(" ", text)


def visible(text: str) -> str:
    r"""Text for a terminal, a log or JSON: what would be obeyed and not seen, as `\u001b`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def clean_line(text: str) -> str:
    """One line of text as a subscriber may see it: NFC, no control characters, single spaces.

    Empty where there is nothing to see: no letter, digit, sign or punctuation.
    """
    text = _INVISIBLE.sub("", without_controls(text))
    if not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        return ""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words, with an ellipsis where cut."""
    if len(text) <= limit:
        return text
    head = text[:limit].rpartition(" ")[0] or text[: limit - 1]
    return head.rstrip(" ,;:–—-\u200d") + "…"  # noqa: RUF001


def mask_addresses(text: str) -> str:
    """Text in which every address shows its first letter and its domain: `r***@example.org`."""
    return _ADDRESS.sub(_masked, text) if "@" in text or "%40" in text else text


def _masked(match: re.Match[str]) -> str:
    local, domain = match.groups()
    opening = "'" if local.startswith("'") else ""
    first = next((sign for sign in local if sign.isalnum()), "")
    return f"{opening}{first}***@{domain}"
