"""HTML as feeds carry it to clean paragraphs of text and one picture; pure and bounded.

What comes out is text for good (promise 7): no markup survives, so nothing needs sanitising.
"""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import etree

from digest.collect.alt_text import alt_text
from digest.collect.feeds.boilerplate import without_boilerplate
from digest.collect.feeds.tags import (
    BLOCKS,
    LEFT_OUT,
    escape_strangers,
    escape_words,
    has_block,
    has_markup,
    is_html,
    open_escaped,
)
from digest.collect.lengths import HEADLINE
from digest.model import Image
from digest.text import clean_line, is_web_address, shorten

MAX_HTML = 200_000
MAX_TEXT = 6_000
_MAX_TITLE_HTML = 2_000
_MAX_LINK = 2_000
_SPACES = frozenset(("td", "th"))
# References that were escaped twice; one that stands alone among words is what a title speaks of.
_JOINED_REFERENCE = re.compile(
    r"&#(?:\d{1,7}|[xX][\da-fA-F]{1,6});|(?<=\w)&\w{2,31};|&\w{2,31};(?=\w)"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_TRACKER = re.compile(
    r"/~r/|/~ff/|/~4/|pixel|/b\.gif|spacer|blank\.gif|feedburner|doubleclick|feedsportal"
    r"|stats\.wordpress|/count(?:er)?[./?]|emoji|gravatar|smilies|share[-_]?(?:icon|button)",
    re.IGNORECASE,
)
_SMALLEST = 33  # pixels: what is no larger is an icon or counts openings


@dataclass(frozen=True, slots=True)
class Clean:
    """Text in paragraphs, each one line, and the first picture that is more than ornament.

    `opening` is the first line as it was, which may be furniture: better than no title.
    """

    paragraphs: tuple[str, ...] = ()
    image: Image | None = None
    opening: str = ""


@dataclass(slots=True)
class _Page:
    """What has been read so far: finished lines, the parts of the one at hand, and pictures."""

    base: str
    lines: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    after_break: bool = False
    length: int = 0
    image: Image | None = None

    def add(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.after_break = self.after_break and text.isspace()

    def break_line(self) -> None:
        """Two line breaks in a row end a paragraph; one is a space."""
        if self.after_break:
            self.finish_line()
        elif self.parts:
            self.parts.append("\n")
            self.after_break = True

    def finish_line(self) -> None:
        line = "".join(self.parts)
        self.parts.clear()
        self.after_break = False
        if line and not line.isspace():
            self.lines.append(line)
            self.length += len(line)


def clean_html(markup: str, base: str = "") -> Clean:
    """The text of a piece of HTML or of plain text; links in it are relative to `base`.

    At most 200,000 characters are read and about 6,000 kept, in whole paragraphs
    if there is more than one.
    """
    markup = markup[:MAX_HTML]
    if "<" not in markup:
        opened = html.unescape(markup)
        again = html.unescape(opened) if "<" not in opened else opened
        if is_html(opened):
            markup = opened
        elif is_html(again):
            markup = again
        else:
            return _cleaned(re.split(r"\n[ \t\r]*\n", opened), None)
    elif not has_block(markup) and not has_markup(markup):
        markup = escape_words(markup)
    page = _page(open_escaped(markup), base)
    return _cleaned(page.lines, page.image)


def clean_title(markup: str) -> str:
    """One line from a title, which may be HTML once or twice over, or text with a < in it."""
    text = markup[:_MAX_TITLE_HTML]
    if not has_markup(text):
        text = html.unescape(text)
    if has_markup(text):
        text = " ".join(_page(escape_strangers(escape_words(text)), "").lines)
    text = _JOINED_REFERENCE.sub(lambda match: html.unescape(match[0]), text)
    return shorten(clean_line(text), HEADLINE)


def first_sentence(text: str) -> str:
    """The beginning of a text as a headline, at most 120 characters."""
    match = re.match(r".{20,}?[.!?…。！？](?=\s|$)", text)  # noqa: RUF001
    return shorten(match[0] if match else text, 120)


def image_at(link: str, base: str, alt: str = "") -> Image | None:
    """A picture by its address, if that can be shown in a mail."""
    try:
        url = urljoin(base, link.strip().replace(" ", "%20"))
    except ValueError:
        return None
    usable = len(url) <= _MAX_LINK and is_web_address(url) and not _TRACKER.search(url)
    return Image(url, alt_text(clean_title(alt))) if usable else None


def _page(markup: str, base: str) -> _Page:
    """The lines of the markup; where it is nested without measure, without its tags alone."""
    page = _Page(base)
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    fatals = parser.error_log.filter_from_fatals()
    too_deep = any("depth" in error.message.lower() for error in fatals)
    if root is None or too_deep:
        page.parts.append(html.unescape(re.sub(r"<[^<>]*>", " ", markup)))
        page.finish_line()
    else:
        _read(root, page)
    return page


def _read(root: etree._Element, page: _Page) -> None:
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = str(element.tag).rpartition(":")[2].lower()
        if event == "end":
            if name in BLOCKS:
                page.finish_line()
                if page.length > 2 * MAX_TEXT:  # as much again, for what will be left out of it
                    return
            page.add(element.tail or "")
            continue
        hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
        if name in LEFT_OUT or hidden:
            walk.skip_subtree()
            continue
        if name in BLOCKS:
            page.finish_line()
        elif name == "br":
            page.break_line()
        elif name in _SPACES:
            page.add(" ")
        elif name == "img" and page.image is None:
            page.image = _picture(element, page.base)
        page.add(element.text or "")
    page.finish_line()


def _picture(element: etree._Element, base: str) -> Image | None:
    sides = (_pixels(element.get("width")), _pixels(element.get("height")))
    if any(side is not None and side < _SMALLEST for side in sides):
        return None
    for name in ("src", "data-src", "data-lazy-src", "data-original"):
        link = str(element.get(name) or "")
        if link and not link.startswith("data:"):
            return image_at(link, base, str(element.get("alt") or ""))
    return None


def _pixels(value: str | None) -> int | None:
    match = re.match(r"\s*(\d{1,5})(?:px|\s*$)", value or "")
    return int(match[1]) if match else None


def _cleaned(raw: list[str], image: Image | None) -> Clean:
    lines = [line for text in raw if (line := clean_line(text))]
    opening = lines[0][:HEADLINE] if lines else ""
    paragraphs: list[str] = []
    characters_left = MAX_TEXT
    for line in without_boilerplate(lines):
        if len(line) > characters_left:
            if not paragraphs:
                paragraphs.append(shorten(line, MAX_TEXT))
            break
        characters_left -= len(line)
        paragraphs.append(line)
    return Clean(tuple(paragraphs), image, opening)
