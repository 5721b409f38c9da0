"""The Markdown form of a story: YAML front matter, then the bullets as a list; pure.

---
title: A headline
date: 2025-03-24
topic: medicine
image: picture.jpg                      (beside this file, or an address that begins with https://)
alt: What the picture shows
focus: 70% 20%                          (what no cut may lose: from the left, from the top)
sources:
  - name: Example Times
    url: https://example.org/report
---
- a bullet
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from digest.collect.files.dates import read_date
from digest.collect.files.picture_file import is_picture_path, read_focus
from digest.collect.files.result import UnreadableError
from digest.collect.files.story_text import TextStory, read_bullets, read_headline
from digest.collect.lengths import BULLET, HEADLINE, excess
from digest.model import SourceRef
from digest.text import clean_line, is_web_address

_FRONT = re.compile(
    r"\s*^---[ \t]*\n(?P<front>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_NOTHING = ("", "~", "null")


class MarkdownStory(TextStory):
    """What the Markdown form says: that of the text form, with picture and named sources."""

    __slots__ = ("focus", "image", "sources")

    def __init__(self) -> None:
        super().__init__()
        self.image: str | None = None
        self.focus: tuple[int, int] | None = None
        self.sources: tuple[SourceRef, ...] = ()


def parse_markdown(text: str) -> MarkdownStory:
    """Read the Markdown form; UnreadableError names the line, counted in the whole file."""
    story = MarkdownStory()
    body_start = 0
    if text.lstrip().startswith("---"):
        match = _FRONT.match(text)
        if match is None:
            raise UnreadableError(1, "the front matter has no end: close it with a line ---")
        offset = text[: match.start("front")].count("\n")
        _read_front(_Front(match["front"], offset), story)
        body_start = match.end()
    body_line = text[:body_start].count("\n")
    _read_body(text[body_start:], body_line, story)
    if not story.headline:
        raise UnreadableError(1, "no headline: give the front matter a title")
    if not story.bullets:
        raise UnreadableError(
            body_line + 1, "no bullet: write the story as a list, each point after -"
        )
    return story


def _read_yaml(front: str, offset: int) -> dict[str, Any]:
    """Keys with texts, lists and mappings of texts.

    The base loader makes nothing else: `No`, `007` and a day that does not exist stay as written,
    a tag such as !!python/name makes no object, and a merge key cannot swell the file.
    """
    try:
        loaded = yaml.BaseLoader(front).get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UnreadableError(
            offset + line,
            f"the front matter is not YAML: {error.problem}; quote a text that holds a colon",
        ) from error
    except RecursionError as error:
        raise UnreadableError(offset + 1, "the front matter is nested too deep") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise UnreadableError(offset + 1, f"the front matter is not YAML: {error}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UnreadableError(
            offset + 1, "the front matter must be keys and values, such as title: A headline"
        )
    return loaded


class _Front:
    """The front matter's values, and where they stand."""

    def __init__(self, text: str, offset: int) -> None:
        self._text = text
        self._offset = offset
        self._values = _read_yaml(text, offset)

    def wrong(self, key: str, reason: str) -> UnreadableError:
        """The error that names the line of a key."""
        place = re.search(rf"^{key}\s*:", self._text, re.MULTILINE)
        line = self._text[: place.start()].count("\n") + 1 if place else 1
        return UnreadableError(self._offset + line, f"{key}: {reason}")

    def text(self, key: str) -> str:
        """The text as it is written, empty where there is none."""
        value = self._values.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, "must be one line of text")
        return "" if value.lower() in _NOTHING else value.strip()

    def line(self, key: str, most: int = BULLET) -> str:
        """The text as a subscriber may see it, at most so many characters of it."""
        line = clean_line(self.text(key))
        if too_long := excess(line, most):
            raise self.wrong(key, too_long)
        return line

    def items(self, key: str) -> list[Any]:
        """A list, empty where there is none."""
        value = self._values.get(key, "")
        if isinstance(value, str) and value.lower() in _NOTHING:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "must be a list, each with a name and, if there is one, a url")
        return value


def _read_front(front: _Front, story: MarkdownStory) -> None:
    story.headline = front.line("title", HEADLINE)
    story.topic = front.line("topic") or None
    dated = front.line("date")
    story.dated = read_date(dated)
    if dated and story.dated is None:
        raise front.wrong("date", f"{dated[:40]!r} is not a date such as 2025-03-24")
    image = front.text("image")
    if image and not (is_web_address(image) or is_picture_path(image)):
        raise front.wrong(
            "image",
            "must be a picture's file below this folder, such as dust.jpg, or begin with https://",
        )
    story.image = image or None
    focus = front.text("focus")
    story.focus = read_focus(focus) if focus else None
    if focus and story.focus is None:
        raise front.wrong("focus", "must be two numbers from 0% to 100%, such as 70% 20%")
    story.caption = front.line("alt") or front.line("caption")
    story.sources = tuple(_read_sources(front))
    count = front.line("source_count") or str(len(story.sources) or 1)
    if not re.fullmatch(r"0*[1-9]\d{0,5}", count, re.ASCII):
        raise front.wrong("source_count", "must be a whole number from 1")
    story.source_count = max(int(count), len(story.sources))


def _read_sources(front: _Front) -> Iterator[SourceRef]:
    """Sources as `name` and `url`, or as a name alone."""
    for item in front.items("sources"):
        entry = {"name": item} if isinstance(item, str) else item
        if not isinstance(entry, dict):
            raise front.wrong("sources", "each needs a name")
        name, url = entry.get("name"), entry.get("url", "")
        if not (isinstance(name, str) and clean_line(name)):
            raise front.wrong("sources", "each needs a name")
        if too_long := excess(name, HEADLINE):
            raise front.wrong("sources", f"a name {too_long}")
        if not isinstance(url, str) or (
            url.lower() not in _NOTHING and not is_web_address(url.strip())
        ):
            raise front.wrong(
                "sources", f"the url of {clean_line(name)!r} must begin with https:// or http://"
            )
        yield SourceRef(clean_line(name), None if url.lower() in _NOTHING else url.strip())


def _read_body(body: str, first_line: int, story: MarkdownStory) -> None:
    """Bullets are the items of lists; a heading serves as the headline where there is no title."""
    try:
        tokens = MarkdownIt("commonmark", {"html": False}).parse(body)
    except RecursionError as error:
        raise UnreadableError(first_line + 1, "the lists are nested too deep") from error
    bullets: list[tuple[int, list[str]]] = []
    open_items: list[list[str]] = []
    opened_heading = False
    number = first_line
    for token in tokens:
        number = first_line + token.map[0] + 1 if token.map else number
        if token.type == "list_item_open":
            open_items.append([])
            bullets.append((number, open_items[-1]))
        elif token.type == "list_item_close":
            open_items.pop()
        elif token.type == "heading_open":
            opened_heading = True
        elif token.type in ("inline", "code_block", "fence"):
            line = clean_line(_plain(token) if token.children else token.content)
            if open_items and line:
                open_items[-1].append(line)
            elif opened_heading:
                story.headline = story.headline or read_headline(line, number)
            opened_heading = False
    story.bullets = read_bullets(bullets)


def _plain(token: Token) -> str:
    """The words of a line of Markdown, without its marks; HTML in it stays as the text it is."""
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(_plain(child))
        else:
            parts.append(child.content)
    return "".join(parts)
