"""One story file: bytes in, a report out, whichever form it has; pure."""

import re
from datetime import date

from digest.collect.files.result import UnreadableError
from digest.collect.files.story_text import TextStory, parse_text
from digest.collect.lengths import MAX_BYTES
from digest.model import Report
from digest.text import without_controls


def read_story(data: bytes, *, source: str, key: str, dropped: date | None) -> Report:
    """The report that a story file holds; UnreadableError names line and reason."""
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
        image=markdown.image if markdown else None,
        sources=markdown.sources if markdown else (),
        source_count=story.source_count,
        dropped=dropped,
    )


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
