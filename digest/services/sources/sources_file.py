"""The text of config/sources.toml: feeds are added at its end and taken out of its middle.

The file is the operator's: comments and order stay. So it is edited as text, and what comes out is
read again before it is written: it must say what it said, and the change.
"""

import json
import re
import tomllib
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from digest.atomic_files import write_whole
from digest.config import config_file
from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.settings import FeedSource
from digest.text import slugify

_FILE = "config/sources.toml"
_HEADER = re.compile(r"\s*\[")
_OURS = re.compile(r"\s*\[\[\s*(?:sources|\"sources\"|'sources')\s*\]\]")


def free_id(title: str, url: str, used_ids: Collection[str]) -> str:
    """An id for a feed, from its title or, where that has no Latin letters, from its host.

    `url` is an address that was read before.
    """
    name = slugify(title, limit=40)
    if name == slugify(""):
        name = slugify((urlsplit(url).hostname or "").removeprefix("www."), limit=40)
    number, free = 1, name
    while free in used_ids:
        number += 1
        free = f"{name}-{number}"
    return free


def with_feeds(text: str, feeds: Sequence[FeedSource]) -> str:
    """The file with these feeds at its end."""
    edited = text if not text or text.endswith("\n") else f"{text}\n"
    edited += "".join(f"\n{_block(feed)}" for feed in feeds)
    return _checked(text, edited, [*_sources(text), *map(_values, feeds)])


def without(text: str, source_id: str) -> str:
    """The file without a source; the comments around it stay."""
    remaining = [source for source in _sources(text) if source.get("id") != source_id]
    lines = text.splitlines(keepends=True)
    for begin, end in _blocks(lines):
        if _id_of("".join(lines[begin:end])) == source_id:
            del lines[begin:end]
            if 0 < begin < len(lines) and not (lines[begin - 1].strip() or lines[begin].strip()):
                del lines[begin]
            break
    return _checked(text, "".join(lines), remaining)


def read_sources_file(root: Path) -> str:
    """The file's text; that of this version, where the project has none."""
    path = config_file(root, "sources")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DigestError(f"{path} cannot be read: {words_of(error)}") from error


def write_sources_file(root: Path, text: str) -> None:
    """Put the file in place, whole or not at all."""
    path = (root / _FILE).resolve()
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise DigestError(
            f"{path} cannot be written: {words_of(error)}", remedy="mend the folder's permissions"
        ) from error


def _block(feed: FeedSource) -> str:
    # What JSON has for a string or a number is TOML too.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in _values(feed).items()
    ]
    return "\n".join(["[[sources]]", *lines, ""])


def _values(feed: FeedSource) -> dict[str, object]:
    """What has to be written of a feed: its defaults go without saying, its kind does not."""
    return {"id": feed.id, "kind": feed.kind, **feed.model_dump(exclude_defaults=True)}


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Where each table [[sources]] begins, and where its last value ends."""
    headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    blocks = []
    for begin, after in pairwise([*headers, len(lines)]):
        end = after
        while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
            end -= 1
        if _OURS.match(lines[begin]):
            blocks.append((begin, end))
    return blocks


def _id_of(block: str) -> object:
    with suppress(tomllib.TOMLDecodeError):
        return _sources(block)[0].get("id")
    return None


def _sources(text: str) -> list[dict[str, object]]:
    sources: list[dict[str, object]] = tomllib.loads(text).get("sources", [])
    return sources


def _checked(before: str, after: str, sources: list[dict[str, object]]) -> str:
    """The edited text, if it says what it is to say."""
    with suppress(tomllib.TOMLDecodeError):
        if after != before and _sources(after) == sources:
            return after
    raise UsageError(
        f"{_FILE} is not written as one table [[sources]] each",
        remedy="edit it by hand; docs/config.md explains the keys",
    )
