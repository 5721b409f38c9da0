"""Which tags in a text are markup, and which are words about markup; pure.

Publishers escape too little and too often, so `Drop <b> and use <strong> instead` and
`Salt <em>rises</em>` come in the same way. Markup hugs what it marks; a word stands alone.
"""

import html
import re
from collections.abc import Iterable

BLOCKS = frozenset(
    (
        "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt",
        "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p",
        "pre", "section", "summary", "table", "tr", "ul",
    )
)  # fmt: skip
LEFT_OUT = frozenset(
    (
        "audio", "button", "canvas", "datalist", "figcaption", "footer", "form", "frame",
        "frameset", "head", "iframe", "menu", "nav", "noframes", "script", "select", "style",
        "svg", "template", "textarea", "title", "video",
    )
)  # fmt: skip
_INLINE = frozenset(
    (
        "a", "abbr", "acronym", "applet", "b", "big", "blink", "br", "cite", "code", "del", "dfn",
        "em", "embed", "figure", "font", "html", "i", "img", "input", "ins", "kbd", "link", "mark",
        "marquee", "meta", "nobr", "object", "param", "q", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "td", "th", "time", "tt", "u", "var", "wbr",
    )
)  # fmt: skip
_NAMES = "|".join(sorted(BLOCKS | LEFT_OUT | _INLINE))
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>{_NAMES})(?=[\s/>])(?P<rest>[^<>]*)>", re.IGNORECASE)
_STRANGER = re.compile(rf"<(?!/?(?:{_NAMES})[\s/>]|!--)/?(?P<name>[\w:.-]*)", re.IGNORECASE)
_END = re.compile(r"</([\w:.-]+)")
# An escaped tag, or where code begins or ends: what is escaped in it is meant so.
_ESCAPED = re.compile(
    rf"&(?:amp;)?lt;(?P<end>/?)(?P<name>{_NAMES})(?=[\s/&])"
    r"(?P<rest>(?:(?!&(?:amp;)?[lg]t;)[^<>])*)&(?:amp;)?gt;"
    r"|<(?P<leaves>/?)(?:pre|code|kbd|samp|tt)(?=[\s/>])",
    re.IGNORECASE,
)


def has_markup(text: str) -> bool:
    """Whether any tag in a text is markup."""
    return bool(_markup(text, _TAG.finditer(text)))


def is_html(text: str) -> bool:
    """Whether text is HTML, and no text about HTML."""
    return _TAG.match(text.lstrip()) is not None or has_markup(text)


def has_block(text: str) -> bool:
    """Whether there is a tag in a text that parts it, such as <p>, which needs no end."""
    return any(tag["name"].lower() in BLOCKS for tag in _TAG.finditer(text))


def escape_words(text: str) -> str:
    """The text with each tag escaped that is a word in it."""
    spans = _markup(text, _TAG.finditer(text))
    return _TAG.sub(
        lambda tag: tag[0] if tag.span() in spans else html.escape(tag[0], quote=False), text
    )


def escape_strangers(text: str) -> str:
    """The text with each < escaped that begins no tag, or an unknown one without an end."""
    ends = {end.lower() for end in _END.findall(text)}
    return _STRANGER.sub(
        lambda sign: sign[0] if sign["name"].lower() in ends else f"&lt;{sign[0][1:]}", text
    )


def open_escaped(markup: str) -> str:
    """HTML with those tags made tags that were escaped although they are markup; not in code."""
    tags: list[re.Match[str]] = []
    depth = 0
    for match in _ESCAPED.finditer(markup) if "lt;" in markup else ():
        if match["name"] is None:
            depth = max(0, depth - 1) if match["leaves"] else depth + 1
        elif depth == 0:
            tags.append(match)
    spans = _markup(markup, tags)
    return _ESCAPED.sub(
        lambda tag: html.unescape(html.unescape(tag[0])) if tag.span() in spans else tag[0],
        markup,
    )


def _markup(text: str, tags: Iterable[re.Match[str]]) -> set[tuple[int, int]]:
    """Where the tags are that are markup.

    A pair that hugs what is in it, a line break, what has attributes, half a pair beside a word.
    """
    spans: set[tuple[int, int]] = set()
    openings: dict[str, list[re.Match[str]]] = {}
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for tag in tags:
        name, before = tag["name"].lower(), text[max(0, tag.start() - 1) : tag.start()].strip()
        after = text[tag.end() : tag.end() + 1].strip()
        if not tag["end"]:
            openings.setdefault(name, []).append(tag)
            begins_something = after.isalnum() and not before.isalnum()
            if "=" in tag["rest"] or name in ("br", "wbr") or begins_something:
                spans.add(tag.span())
        elif openings.get(name):
            opening = openings[name].pop()
            whole = opening.start() == begin and tag.end() == end
            hugs = bool(before) and not text[opening.end()].isspace()
            if hugs or whole:
                spans |= {opening.span(), tag.span()}
        elif before:
            spans.add(tag.span())
    return spans
