"""One story file: bytes in, a report out, whichever form it has; pure."""

import posixpath
import re
from datetime import date
from typing import TYPE_CHECKING

from digest.collect.alt_text import alt_text
from digest.collect.files.result import UnreadableError
from digest.collect.files.story_text import TextStory, parse_text
from digest.collect.lengths import MAX_BYTES
from digest.model import Image, Report
from digest.text import is_web_address, without_controls

if TYPE_CHECKING:
    from digest.collect.files.story_markdown import MarkdownStory


def read_story(
    data: bytes, *, source: str, key: str, dropped: date | None, beside: str | None = None
) -> Report:
    """The report that a story file holds; UnreadableError names line and reason.

    `beside` is the name of the picture that lies beside it under its own name, if one does.
    """
    text = _decode(data)
    if is_markdown(text):
        # YAML and Markdown are slow to load, and most story files are neither.
        from digest.collect.files.story_markdown import parse_markdown

        markdown = parse_markdown(text)
        story: TextStory = markdown
    else:
        markdown, story = None, parse_text(text)
    return Report(
        source=source,
        key=key,
        headline=story.headline,
        bullets=tuple(story.bullets),
        dated=story.dated,
        topic=story.topic,
        image=_image(markdown, beside, key, story),
        sources=markdown.sources if markdown else (),
        source_count=story.source_count,
        dropped=dropped,
    )


def _image(
    markdown: "MarkdownStory | None", beside: str | None, key: str, story: TextStory
) -> Image | None:
    """The picture that the story names, or that lies beside it, by its path below the folder."""
    name = (markdown.image if markdown else None) or beside
    if name is None:
        return None
    place = name if is_web_address(name) else posixpath.join(posixpath.dirname(key), name)
    focus = markdown.focus if markdown else None
    return Image(place, alt_text(story.caption, story.headline), focus)


def is_markdown(text: str) -> bool:
    """Whether the text begins with front matter or a # heading: the content tells the form."""
    return re.match(r"\s*(?:---[ \t]*\n|#[ \t]+\S)", text) is not None


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableError(None, f"over 1 MB ({len(data):,} bytes): this cannot be one story")
    if data.count(0) > len(data) // 4:
        raise UnreadableError(1, "UTF-16 or no text at all: save the file as UTF-8 text")
    try:
        text = data.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableError(line, "not UTF-8: save the file as UTF-8 text") from error
    if not text.strip():
        raise UnreadableError(1, "the file is empty")
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
