"""Commands that change the list of sources, config/sources.toml: add, remove, import, export."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from digest.cli.feedlook import find_feed, say_look
from digest.cli.options import Json, Project, pipeline_of, read_weight
from digest.cli.output import note, plural, say, say_json
from digest.cli.sources import SourceName
from digest.collect.feeds.canonical import canonical
from digest.collect.feeds.opml import Outline, read_opml, write_opml
from digest.collect.net.fetched import Refused
from digest.collect.net.weburl import parse_url
from digest.config import Config
from digest.errors import DigestError, UsageError
from digest.model import TopicTree
from digest.services.sources.sources_file import (
    free_id,
    read_sources_file,
    with_feeds,
    without,
    write_sources_file,
)
from digest.settings import FeedSource
from digest.store import feeds


def add(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="A feed's address, or that of a page that has one.")
    ],
    source_id: Annotated[
        str,
        typer.Option("--id", metavar="ID", help="Its name in records.", show_default="its title"),
    ] = "",
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="The publisher.", show_default="its title"),
    ] = "",
    topic: Annotated[
        str, typer.Option("--topic", metavar="TOPIC", help="Topic of what names none of ours.")
    ] = "",
    weight: Annotated[
        float,
        typer.Option(
            "--weight", metavar="0..10", parser=read_weight, help="How much its word counts."
        ),
    ] = 1.0,
    project: Project = None,
) -> None:
    """Add a feed to config/sources.toml. It is fetched once, to show what it is."""
    with pipeline_of(project) as pipeline:
        config = pipeline.config
        topic = _topic_id(topic, config.topics)
        _refuse_known(url, config)
        found = find_feed(pipeline, url)
        _refuse_known(found.url, config)
        wanted = source_id or free_id(found.reading.title, found.url, _ids(config))
        if wanted in _ids(config):
            raise UsageError(f"there is a source {wanted!r} already", remedy="give another --id")
        try:
            feed = FeedSource(id=wanted, url=found.url, name=name, topic=topic, weight=weight)
        except ValidationError as error:
            raise UsageError(_fault(error)) from error
        write_sources_file(config.root, with_feeds(read_sources_file(config.root), [feed]))
        say_look(found, ZoneInfo(config.settings.timezone), pipeline.clock())
    say(f"Added as {feed.id}. `digest sources test {feed.id}` shows what would come of it.")


def remove(source: SourceName, project: Project = None) -> None:
    """Take a source out of config/sources.toml. The stories that came of it stay."""
    with pipeline_of(project) as pipeline:
        root = pipeline.config.root
        if source not in _ids(pipeline.config):
            raise UsageError(f"there is no source {source!r}", remedy="see `digest sources list`")
        write_sources_file(root, without(read_sources_file(root), source))
        with pipeline.database.write() as connection:
            feeds.forget(connection, source)
    say(f"{source} is no source any more.")


def import_opml(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An OPML file, or - for standard input.")
    ],
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Add the feeds of an OPML file that are not there yet. None of them is fetched.

    A folder that has the name of a topic gives its feeds that topic. What is no address is named
    and left out; the exit status is 1 then.
    """
    found = read_opml(_read(file))
    if found is None:
        raise UsageError(f"{file} is no OPML file", remedy="export one from your feed reader")
    with pipeline_of(project) as pipeline:
        config = pipeline.config
        outcome = _sort(found.feeds, config)
        if outcome.added:
            write_sources_file(
                config.root, with_feeds(read_sources_file(config.root), outcome.added)
            )
    rejected = [*map(str, found.faults), *outcome.rejected]
    if as_json:
        added = [{"id": feed.id, "url": feed.url} for feed in outcome.added]
        say_json({"added": added, "known": outcome.known, "rejected": rejected})
    else:
        for feed in outcome.added:
            say(f"  added  {feed.id}: {feed.url}")
        for url in outcome.known:
            say(f"  known  {url}")
        say(f"{plural(len(outcome.added), 'feed')} added, {len(outcome.known):,} known.")
        for fault in rejected:
            note(f"  rejected  {file}: {fault}")
    if rejected:
        raise typer.Exit(1)


def export_opml(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")
    ] = Path("-"),
    project: Project = None,
) -> None:
    """Write the feeds as OPML, which every feed reader takes; those of a topic in its folder."""
    with pipeline_of(project) as pipeline:
        config = pipeline.config
        with pipeline.database.read() as connection:
            titles = {row.source: row.title for row in feeds.everything(connection).values()}
        outlines = [
            Outline(
                title=feed.name or titles.get(feed.id) or feed.id,
                feed_url=feed.url,
                category=_title(feed.topic, config.topics),
            )
            for feed in config.feeds
        ]
        content = write_opml(outlines, title="Feeds of the digest", now=pipeline.clock())
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise DigestError(f"{file} cannot be written: {error.strerror}") from error
    note(f"{plural(len(outlines), 'feed')} written to {file}.")


@dataclass(frozen=True, slots=True)
class _Sorted:
    """What becomes of the feeds of a list."""

    added: Sequence[FeedSource]
    known: Sequence[str]
    rejected: Sequence[str]


def _sort(outlines: Sequence[Outline], config: Config) -> _Sorted:
    """Those to add, those that are there, and why the others are neither."""
    added: list[FeedSource] = []
    known: list[str] = []
    rejected: list[str] = []
    addresses, ids = _addresses(config), set(_ids(config))
    for outline in outlines:
        form = canonical(outline.feed_url)
        if form in addresses:
            known.append(outline.feed_url)
            continue
        feed = _as_feed(outline, config.topics, ids)
        if isinstance(feed, FeedSource):
            added.append(feed)
            addresses.add(form)
            ids.add(feed.id)
        else:
            rejected.append(feed)
    return _Sorted(added, known, rejected)


def _as_feed(outline: Outline, topics: TopicTree, taken: set[str]) -> FeedSource | str:
    """The feed of an outline, or why it is none."""
    url = parse_url(outline.feed_url)
    if isinstance(url, Refused):
        return url.reason
    # A list names an untitled feed by its address.
    title = "" if outline.title == outline.feed_url else outline.title
    folders = reversed((outline.category or "").split("/"))
    topic = next((found.id for name in folders if (found := topics.find(name))), "")
    try:
        return FeedSource(
            id=free_id(title, str(url), taken), url=outline.feed_url, name=title, topic=topic
        )
    except ValidationError as error:
        return f"{outline.feed_url}: {_fault(error)}"


def _fault(error: ValidationError) -> str:
    (first, *_) = error.errors()
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"


def _refuse_known(url: str, config: Config) -> None:
    form = canonical(url)
    for feed in config.feeds:
        if form is not None and canonical(feed.url) == form:
            raise UsageError(f"{url} is there already, as {feed.id}")


def _addresses(config: Config) -> set[str | None]:
    return {canonical(feed.url) for feed in config.feeds}


def _ids(config: Config) -> list[str]:
    return [source.id for source in config.sources]


def _topic_id(name: str, topics: TopicTree) -> str:
    found = topics.find(name) if name else None
    if name and found is None:
        known = ", ".join(topic.id for topic in topics.topics)
        raise UsageError(f"{name!r} is not a topic", remedy=f"known topics: {known}")
    return found.id if found else ""


def _title(topic: str, topics: TopicTree) -> str | None:
    found = topics.find(topic) if topic else None
    return found.title if found else None


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
