"""Small pure functions on text and addresses that several stages need."""

import hashlib
import json
import re
import unicodedata
from urllib.parse import urlsplit

# Bidirectional overrides and embeddings can make a line read other than it is written; a line
# separator can break a header. ZWJ and ZWNJ stay: emoji and Persian need them.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


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
    if re.search('[\\s\x00-\x1f\x7f<>"\\\\\ud800-\udfff]', url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def clean_line(text: str) -> str:
    """One line of text as a reader may see it: NFC, no control characters, single spaces."""
    text = _INVISIBLE.sub("", _CONTROL.sub(" ", text))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words, with an ellipsis where cut."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:–—-") + "…"  # noqa: RUF001
