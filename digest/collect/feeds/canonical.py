"""One form for all the addresses of one page, for telling whether it is known; pure.

The form is for comparing, not for showing: `without_tracking` gives the link that subscribers get.
RFC 3986, section 6, and beyond it what publishers add to count who came from where.
"""

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

_MAX_LENGTH = 4_000
_TRACKING = re.compile(
    r"utm_.*|at_.*|ns_(?:campaign|mchannel|source|linkname|fee)|mtm_.*|pk_.*|matomo_.*|oly_.*|hsa_.*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igsh(?:id)?"
    r"|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|__hs.*|hsctatracking|vero_(?:id|conv)|_ga|_gl|_openstat"
    r"|ref|ref_|ref_src|ref_url|referrer|referer|cmp|cmpid|camp|campaign(?:_?id)?|icid|ncid|s_cid|s_kwcid"
    r"|ito|smid|smtyp|xtor|sr_share|spm|ftag|wt\.?_?(?:mc|zmc|nav)(?:_id)?|trk|trkcampaign|taid"
    r"|soc_(?:src|trk)|guccounter|guce_.*|sh(?:are)?_?(?:id|from|source)|__twitter_impression|tw?p?src"
    r"|rss_?(?:id|source)?|feed_?(?:type|name|source)|outputtype|amp|jsessionid|phpsessid",
    re.IGNORECASE,
)
_FROM_A_FEED = re.compile(
    r"(?:rss|atom|feed|syndication|newsfeed|feedburner)(?:[-_.\w]{0,20})?", re.IGNORECASE
)
_WHERE_FROM = frozenset(
    ("source", "src", "track", "partner", "from", "mod", "cid", "emc", "via", "f", "feed")
)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_SAFE = "%!$&'()*+,;=:@/~-._?"
_SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
# Hosts that only pass on, and the parameter that names where to.
_WRAPPERS = {
    "google.com": ("url", "q"), "news.google.com": ("url",), "bing.com": ("url",),
    "l.facebook.com": ("u",), "lm.facebook.com": ("u",), "l.instagram.com": ("u",),
    "t.umblr.com": ("z",), "out.reddit.com": ("url",), "youtube.com": ("q",),
    "feedproxy.google.com": ("url",), "go.redirectingat.com": ("url",), "vk.com": ("to",),
    "slack-redir.net": ("url",), "away.vk.com": ("to",), "steamcommunity.com": ("url",),
}  # fmt: skip
_PASSES_ON = re.compile(
    r"/(?:url|link|l\.php|news/(?:url|apiclick\.aspx)|redirect|away(?:\.php)?|linkfilter/?)?",
    re.IGNORECASE,
)
_AMP_CACHE = re.compile(r"/(?:[civ]|wp)/(s/)?(?P<target>[^/]+\..+)")
_GOOGLE_AMP = re.compile(r"/amp/(s/)?(?P<target>[^/]+\..+)")


def canonical(url: str) -> str | None:
    """The address by which a page is known, always https; None where it is no web address.

    Doing it twice changes nothing. Two addresses with one form are the same page;
    two forms may still be.
    """
    url = url.strip()[:_MAX_LENGTH]
    while True:
        parts = _normalised(url)
        if parts is None:
            return None
        target = _target(parts)
        if target is None:
            return urlunsplit(parts)
        url = target


def without_tracking(url: str) -> str:
    """The same address for showing: only the parameters gone that count visitors."""
    head, mark, fragment = url.partition("#")
    base, has_query, query = head.partition("?")
    untracked_query = "&".join(pair for pair in query.split("&") if not _is_tracking(pair))
    if not has_query or untracked_query == query:
        return url
    return base + ("?" + untracked_query if untracked_query else "") + mark + fragment


def _normalised(url: str) -> SplitResult | None:
    """The address without what its page does not depend on; None for no web address."""
    try:
        parts = urlsplit(url)
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    path = _SESSION.sub("", _encoded(parts.path))
    before = None
    while path != before:
        before = path
        path = re.sub(r"(?:(?<!/)/+|/amp|\.amp)$", "", path, flags=re.IGNORECASE)
        path = re.sub(r"\.amp(\.html?)$", r"\1", path, flags=re.IGNORECASE)
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    pairs = (_encoded(pair) for pair in parts.query.split("&") if pair)
    query = "&".join(sorted(pair for pair in pairs if not _is_tracking(pair)))
    fragment = _encoded(parts.fragment) if parts.fragment.startswith("!") else ""
    return SplitResult("https", netloc, path, query, fragment)


def _host(name: str) -> str:
    """Small letters, IDNA, without www. and amp. in front."""
    name = name.strip(".").lower()
    if not name.isascii():
        try:
            # Some letters stand for others there, a dot among them.
            name = name.encode("idna").decode("ascii").strip(".").lower()
        except UnicodeError:
            return ""
    if not re.fullmatch(r"[\w.-]+|[\da-f:.]*:[\da-f:.]*", name, re.ASCII):
        return ""
    while name.startswith(("www.", "amp.")) and "." in name[4:].strip("."):
        name = name[4:].lstrip(".")
    return f"[{name}]" if ":" in name else name


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    if name.lower() in _WHERE_FROM:
        return _FROM_A_FEED.fullmatch(value) is not None
    return _TRACKING.fullmatch(name) is not None


def _encoded(text: str) -> str:
    """Percent-encoding as RFC 3986, sections 6.2.2.1 and 6.2.2.2, has it: one way for each."""

    def decode(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(_PERCENT.sub(decode, text), safe=_SAFE, errors="replace")


def _target(parts: SplitResult) -> str | None:
    """Where a wrapper leads, if its address says so; always shorter than the wrapper."""
    host = parts.netloc
    if host.endswith("cdn.ampproject.org") and (match := _AMP_CACHE.fullmatch(parts.path)):
        return "https://" + _with_query(match["target"], parts.query)
    if host == "google.com" and (match := _GOOGLE_AMP.fullmatch(parts.path)):
        return "https://" + _with_query(match["target"], parts.query)
    names = _WRAPPERS.get(host, ()) if _PASSES_ON.fullmatch(parts.path) else ()
    for name, _, value in (pair.partition("=") for pair in parts.query.split("&")):
        if name in names and re.match(r"https?(?::|%3A)", value, re.IGNORECASE):
            return unquote(value)
    return None


def _with_query(target: str, query: str) -> str:
    return f"{target}?{query}" if query else target
