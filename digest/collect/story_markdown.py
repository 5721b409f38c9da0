"""The Markdown form of a story: YAML front matter, then the bullets as a list; pure.

---
title: A headline
date: 2025-03-24
topic: medicine
image: https://example.org/picture.jpg
alt: What the picture shows
sources:
  - name: Example Times
    url: https://example.org/report
---
- a bullet
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from digest.collect.dates import read_date
from digest.collect.result import UnreadableError
from digest.collect.story_text import TextStory
from digest.model import Image, SourceRef
from digest.text import clean_line, is_web_address

_FRONT = re.compile(r"\s*---[ \t]*\n(?P<front>.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_KEYS = ("title", "date", "topic", "image", "alt", "sources", "source_count")


class MarkdownStory(TextStory):
    """What the Markdown form says: that of the text form, with picture and named sources."""

    __slots__ = ("image", "sources")

    def __init__(self) -> None:
        super().__init__()
        self.image: Image | None = None
        self.sources: tuple[SourceRef, ...] = ()


def is_markdown(text: str) -> bool:
    """Whether the text begins with front matter or a # heading: the content tells the form."""
    return re.match(r"\s*(?:---[ \t]*\n|#[ \t]+\S)", text) is not None


def parse_markdown(text: str) -> MarkdownStory:
    """Read the Markdown form; UnreadableError names the line, counted in the whole file."""
    story = MarkdownStory()
    body_start = 0
    if text.lstrip().startswith("---"):
        match = _FRONT.match(text)
        if match is None:
            raise UnreadableError(1, "the front matter has no end: close it with a line ---")
        offset = text[: match.start("front")].count("\n")
        _read_front(_read_yaml(match["front"], offset), match["front"], offset, story)
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
    try:
        loaded = yaml.safe_load(front)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UnreadableError(
            offset + line,
            f"the front matter is not YAML: {error.problem}; quote a text that holds a colon",
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(offset + 1, f"the front matter is not YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise UnreadableError(
            offset + 1, "the front matter must be keys and values, such as title: A headline"
        )
    return loaded


def _read_front(front: dict[str, Any], text: str, offset: int, story: MarkdownStory) -> None:
    def wrong(key: str, reason: str) -> UnreadableError:
        place = re.search(rf"^{re.escape(key)}\s*:", text, re.MULTILINE)
        line = text[: place.start()].count("\n") + 1 if place else 1
        return UnreadableError(offset + line, f"{key}: {reason}")

    for key in ("title", "topic", "image", "alt"):
        if not isinstance(front.get(key, ""), str | int | float | date | None):
            raise wrong(key, "must be one line of text")
    story.headline = clean_line(str(front.get("title") or ""))
    story.topic = clean_line(str(front.get("topic") or "")) or None
    story.dated = _read_front_date(front.get("date"), wrong)
    image = str(front.get("image") or "").strip()
    if image and not is_web_address(image):
        raise wrong("image", "must be an address that begins with https://")
    story.image = Image(image, clean_line(str(front.get("alt") or ""))) if image else None
    story.sources = tuple(_read_sources(front.get("sources"), wrong))
    count = front.get("source_count", len(story.sources) or 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 999_999:
        raise wrong("source_count", "must be a whole number from 1")
    story.source_count = max(count, len(story.sources))


def _read_front_date(value: Any, wrong: Any) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = read_date(str(value))
    if found is None:
        raise wrong("date", f"{str(value)[:40]!r} is not a date such as 2025-03-24")
    return found


def _read_sources(value: Any, wrong: Any) -> Iterator[SourceRef]:
    """Sources as `name` and `url`, or as a name alone."""
    if value is None:
        return
    if not isinstance(value, list):
        raise wrong("sources", "must be a list, each with a name and, if there is one, a url")
    for item in value:
        entry = {"name": item} if isinstance(item, str) else item
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise wrong("sources", "each needs a name")
        name, url = clean_line(entry["name"]), entry.get("url")
        if url is not None and not (isinstance(url, str) and is_web_address(url.strip())):
            raise wrong("sources", f"the url of {name!r} must begin with https:// or http://")
        if name:
            yield SourceRef(name, url.strip() if url else None)


def _read_body(body: str, first_line: int, story: MarkdownStory) -> None:
    """Bullets are the items of lists; a heading serves as the headline where there is no title."""
    try:
        tokens = MarkdownIt("commonmark").parse(body)
    except RecursionError as error:
        raise UnreadableError(first_line + 1, "the lists are nested too deep") from error
    depth = 0
    opened_heading = False
    for token in tokens:
        if token.type == "list_item_open":
            depth += 1
            story.bullets.append("")
        elif token.type == "list_item_close":
            depth -= 1
        elif token.type == "heading_open":
            opened_heading = True
        elif token.type == "inline":
            line = clean_line(_plain(token))
            if depth:
                story.bullets[-1] = f"{story.bullets[-1]} {line}".strip()
            elif opened_heading:
                story.headline = story.headline or line
            opened_heading = False
    story.bullets = [bullet for bullet in story.bullets if bullet]


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
