"""The text form of a story, as saved from a story page; pure.

headline
March 24, 2025
the picture's caption; or the headline again, as pages have it for one
  • a bullet, which may wrap
    over lines
Summary based on 3 sources
Get a daily email with more Science stories
More Stories
(from here on: other stories, not read)
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from digest.collect.files.dates import is_date_line, read_date
from digest.collect.files.result import UnreadableError
from digest.collect.lengths import BULLET, HEADLINE, excess
from digest.text import clean_line

_MARKER = re.compile(
    r"[\u200e\u200f\u061c]*(?:[•‣◦●▪·∙]|[-*–](?=\s|$))\s*(?P<text>.*)"  # noqa: RUF001
)
_SUMMARY = re.compile(r"summary based on (?P<count>\d{1,6}) sources?\.?", re.IGNORECASE)
_TOPIC = re.compile(r"get a daily e-?mail with more (?P<topic>.+?) stories\.?", re.IGNORECASE)
_END = re.compile(r"more stories:?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*$")  # noqa: RUF001


@dataclass(slots=True)
class TextStory:
    """What the text form says; `headline` and `bullets` are never empty."""

    headline: str = ""
    caption: str = ""
    dated: date | None = None
    bullets: list[str] = field(default_factory=list)
    source_count: int = 1
    topic: str | None = None


def parse_text(text: str) -> TextStory:
    """Read the text form; UnreadableError names the line at which it stops making sense.

    A line under a bullet belongs to it, unless a blank line follows a finished sentence: such a
    line, with those under it, is furniture of the page that was saved ("Share").
    """
    story = TextStory()
    bullets: list[list[str]] = []
    begins: list[int] = []
    after_blank = in_bullet = False
    last = 1
    for number, raw in enumerate(text.split("\n"), start=1):
        line = clean_line(raw)
        if not line:
            after_blank = True
            continue
        last = number
        if _END.fullmatch(line):
            break
        if _read_footer(line, story):
            in_bullet = False
        elif marker := _MARKER.fullmatch(line):
            begins.append(number)
            bullets.append([clean_line(marker["text"])])
            in_bullet = True
        elif not bullets:
            _read_head(line, number, story)
        elif in_bullet and not (after_blank and _SENTENCE_END.search(bullets[-1][-1])):
            bullets[-1].append(line)
        else:
            in_bullet = False
        after_blank = False
    story.bullets = read_bullets(zip(begins, bullets, strict=True))
    if not story.headline:
        raise UnreadableError(next(iter(begins), last), "no headline: begin the file with one")
    if not story.bullets:
        raise UnreadableError(last, "no bullet: begin each point of the story with • or -")
    return story


def read_bullets(numbered_lines: Iterable[tuple[int, Sequence[str]]]) -> list[str]:
    """The bullets that say something, from the line at which each begins, and its lines."""
    bullets = []
    for number, lines in numbered_lines:
        bullet = " ".join(filter(None, lines))
        if too_long := excess(bullet, BULLET):
            raise UnreadableError(number, f"this bullet {too_long}: make several of it")
        bullets += [bullet] if bullet else []
    return bullets


def read_headline(line: str, number: int) -> str:
    """A line as the headline, if it can be one."""
    if too_long := excess(line, HEADLINE):
        raise UnreadableError(number, f"the headline {too_long}: write the text below it, after •")
    return line


def _read_head(line: str, number: int, story: TextStory) -> None:
    """A line before the bullets: the date, the headline, or the picture's caption."""
    if is_date_line(line):
        story.dated = story.dated or read_date(line)
    elif not story.headline:
        story.headline = read_headline(line, number)
    else:
        story.caption = story.caption or line


def _read_footer(line: str, story: TextStory) -> bool:
    summary, topic = _SUMMARY.fullmatch(line), _TOPIC.fullmatch(line)
    if summary:
        story.source_count = max(1, int(summary["count"]))
    elif topic:
        story.topic = topic["topic"]
    return bool(summary or topic)
