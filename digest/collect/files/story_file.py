"""One story file: bytes in, a report out, whichever form it has; pure."""

from datetime import date

from digest.collect.files.result import UnreadableError
from digest.collect.files.story_markdown import MarkdownStory, is_markdown, parse_markdown
from digest.collect.files.story_text import parse_text
from digest.model import Report
from digest.text import without_controls

MAX_BYTES = 1_000_000


def read_story(data: bytes, *, source: str, key: str, dropped: date | None) -> Report:
    """The report that a story file holds; UnreadableError names line and reason."""
    text = _decode(data)
    story = parse_markdown(text) if is_markdown(text) else parse_text(text)
    markdown = story if isinstance(story, MarkdownStory) else None
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
