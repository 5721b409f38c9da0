"""Commands for sources: add, list, test, pause, resume, release, remove, import, export."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.by_option import name_of
from digest.cli.context import project_of
from digest.cli.json_output import say_json, source_json
from digest.cli.local_times import project_clock
from digest.cli.opml import new_feeds
from digest.cli.options import Json, ProjectFolder, read_weight
from digest.cli.output import note, say
from digest.cli.source_trouble import say_problem
from digest.cli.tables import say_table
from digest.cli.try_feed import say_decisions, say_feed, trial_json
from digest.collect.feeds.opml import Outline, read_opml, write_opml
from digest.error_words import words_of
from digest.errors import DigestError, UsageError
from digest.feed_trial import decisions_of, fetch_again, find_feed, pictures_of, state_of
from digest.model import TopicTree
from digest.project import Project
from digest.services.sources import status
from digest.services.sources.add_feed import (
    NewFeed,
    add_feed,
    feeds_by_address,
    new_feed,
    refuse_known,
    remove_feed,
)
from digest.services.sources.all_feeds import all_feeds, all_sources
from digest.services.sources.sources_file import (
    read_sources_file,
    with_feeds,
    without,
    write_sources_file,
)
from digest.services.sources.status import source_statuses
from digest.settings import FeedSource, FolderSource
from digest.store import feeds, keyword_lists
from digest.store.feeds import FeedRow
from digest.store.keyword_lists import ListKind
from digest.text import plural

SourceName = Annotated[
    str, typer.Argument(metavar="ID", help="The source's id, as `digest sources list` has it.")
]


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
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Keep it in the database instead: every process on every host has it at once.",
        ),
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Add a feed to config/sources.toml. It is fetched once, to show what it is."""
    with project_of(folder) as project:
        topic = _topic_id(topic, project.config.topics)
        with project.database.read() as connection:
            refuse_known(connection, project.config, url)
        fetched = find_feed(project, url)
        chosen = NewFeed(fetched.url, fetched.reading.title or "", source_id, name, topic, weight)
        feed = add_feed(project, chosen, name_of(None)) if live else _write(project, chosen)
        tell, now = project_clock(project), project.clock()
    say_feed(fetched, tell, now)
    say(f"Added as {feed.id}. `digest sources test {feed.id}` shows what would come of it.")


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the sources: how each stands, when it was read last, what came of it in a week."""
    with project_of(folder) as project, project.database.read() as connection:
        statuses = source_statuses(connection, project.config, project.clock())
        saved = keyword_lists.in_place_of_settings(connection, ListKind.SOURCE)
        tell = project_clock(project)
    if as_json:
        say_json({"sources": [source_json(status) for status in statuses]})
    elif not statuses:
        say("None yet. Add one with `digest sources add URL`.")
    else:
        say_table(
            [
                "Source",
                "Kind",
                "From",
                "State",
                "Last success",
                "Stories in a week",
                "Blocked",
                "Next fetch",
            ],
            [
                (
                    status.id,
                    status.kind,
                    f"added by {status.added_by}" if status.added_by else "settings",
                    status.state,
                    tell(status.last_success) if status.last_success else "",
                    f"{status.stories:,}",
                    f"{status.blocked:,}" if status.blocked else "",
                    tell(status.next_fetch) if status.next_fetch else "",
                )
                for status in statuses
            ],
        )
        say_problem(statuses, tell)
        for status in statuses:
            keywords = saved.get(status.id)
            if keywords is not None:
                by = f"{keywords.saved_by} saved, {tell(keywords.saved_at)}"
                say(f"{status.id}: the keywords count that {by} (`digest keywords list`).")


def test(
    what: Annotated[
        str, typer.Argument(metavar="ID|URL", help="A source's id, or a feed's or page's address.")
    ],
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Fetch a feed now and show what would come of it. Nothing is kept."""
    with project_of(folder) as project:
        if "://" in what:
            row, fetched = FeedRow("", what, what), find_feed(project, what)
        else:
            source = _feed_named(project, what)
            row = state_of(project, source)
            fetched = fetch_again(project, source, row)
        decisions = decisions_of(project, row, fetched)
        pictures = pictures_of(project, decisions)
        tell, now = project_clock(project), project.clock()
    if as_json:
        say_json(trial_json(fetched, decisions, pictures))
    else:
        say_feed(fetched, tell, now)
        say_decisions(decisions, pictures, tell)


def pause(source: SourceName, folder: ProjectFolder = None) -> None:
    """Ask a feed no more, until it is resumed. What it has told stays."""
    with project_of(folder) as project:
        feed = _feed_named(project, source)
        status.pause(project.database, feed, project.clock(), who=name_of(None))
    say(f"{source} is paused. `digest sources resume {source}` goes on.")


def resume(source: SourceName, folder: ProjectFolder = None) -> None:
    """Ask a feed again that was paused, was gone, or is waited with because it failed."""
    with project_of(folder) as project:
        feed = _feed_named(project, source)
        status.resume(project.database, feed, project.clock(), who=name_of(None))
    say(f"{source} is asked again when something collects next.")


def release(
    source: SourceName,
    drop: Annotated[
        bool, typer.Option("--drop", help="Never tell what was kept back, only what comes later.")
    ] = False,
    folder: ProjectFolder = None,
) -> None:
    """Trust a quarantined source again, after a look: what was kept back is told.

    With --drop it is not: its reports count as known, and only what comes from now on is told.
    """
    with project_of(folder) as project:
        feed = _feed_named(project, source)
        count = status.release(
            project.database, feed.id, project.clock(), drop=drop, who=name_of(None)
        )
    fate = "will not be told" if drop else "will be told"
    say(f"{source} is released; {plural(count, 'report')} that had been kept back {fate}.")


def remove(source: SourceName, folder: ProjectFolder = None) -> None:
    """Take a source out of config/sources.toml, or one that was added live. Its stories stay."""
    with project_of(folder) as project:
        root = project.config.root
        is_added = source not in {known.id for known in project.config.sources}
        if is_added and remove_feed(project, source, name_of(None)):
            say(f"{source} is no source any more.")
            return
        if is_added:
            raise UsageError(f"there is no source {source!r}", remedy="see `digest sources list`")
        write_sources_file(root, without(read_sources_file(root), source))
        status.forget(project.database, source)
    say(f"{source} is no source any more.")


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An OPML file, or - for standard input.")
    ],
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Add the feeds of an OPML file that are not there yet. None of them is fetched.

    A folder that has the name of a topic gives its feeds that topic. What is no address is named
    and left out; the exit status is 1 then.
    """
    opml = read_opml(_read(file))
    if opml is None:
        raise UsageError(f"{file} is no OPML file", remedy="export one from your feed reader")
    with project_of(folder) as project:
        config = project.config
        with project.database.read() as connection:
            addresses = feeds_by_address(connection, config)
            ids = {source.id for source in all_sources(connection, config)}
        outcome = new_feeds(opml.feeds, addresses, ids, config.topics)
        if outcome.added:
            write_sources_file(
                config.root, with_feeds(read_sources_file(config.root), outcome.added)
            )
    rejected = [*map(str, opml.faults), *outcome.rejected]
    if as_json:
        added = [{"id": feed.id, "url": feed.url} for feed in outcome.added]
        say_json({"added": added, "known": outcome.already_there, "rejected": rejected})
    else:
        for feed in outcome.added:
            say(f"  added  {feed.id}: {feed.url}")
        for url in outcome.already_there:
            say(f"  known  {url}")
        say(f"{plural(len(outcome.added), 'feed')} added, {len(outcome.already_there):,} known.")
        for fault in rejected:
            note(f"  rejected  {file}: {fault}")
    if rejected:
        raise typer.Exit(1)


def export(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write; - is standard output.")
    ] = Path("-"),
    folder: ProjectFolder = None,
) -> None:
    """Write the feeds as OPML, which every feed reader takes; those of a topic in its folder."""
    with project_of(folder) as project:
        config = project.config
        with project.database.read() as connection:
            titles = {row.source: row.title for row in feeds.everything(connection).values()}
        outlines = [
            Outline(
                title=feed.name or titles.get(feed.id) or feed.id,
                feed_url=feed.url,
                category=_title(feed.topic, config.topics),
            )
            for feed in _all_feeds(project)
        ]
        content = write_opml(outlines, title="Feeds of the digest", now=project.clock())
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise DigestError(f"{file} cannot be written: {words_of(error)}") from error
    note(f"{plural(len(outlines), 'feed')} written to {file}.")


def _all_sources(project: Project) -> tuple[FolderSource | FeedSource, ...]:
    with project.database.read() as connection:
        return all_sources(connection, project.config)


def _all_feeds(project: Project) -> tuple[FeedSource, ...]:
    with project.database.read() as connection:
        return all_feeds(connection, project.config)


def _write(project: Project, chosen: NewFeed) -> FeedSource:
    """A feed that has its place in config/sources.toml now."""
    root = project.config.root
    with project.database.read() as connection:
        feed = new_feed(connection, project.config, chosen)
    write_sources_file(root, with_feeds(read_sources_file(root), [feed]))
    return feed


def _feed_named(project: Project, source_id: str) -> FeedSource:
    """The feed with this id; that it is a folder, or unknown, is a usage error."""
    for source in _all_sources(project):
        if source.id == source_id:
            if isinstance(source, FeedSource):
                return source
            raise UsageError(f"{source_id} is a folder", remedy="name a feed")
    raise UsageError(f"there is no source {source_id!r}", remedy="see `digest sources list`")


def _topic_id(name: str, topics: TopicTree) -> str:
    topic = topics.find(name) if name else None
    if name and topic is None:
        ids = ", ".join(topic.id for topic in topics.topics)
        raise UsageError(f"{name!r} is not a topic", remedy=f"known topics: {ids}")
    return topic.id if topic else ""


def _title(topic: str, topics: TopicTree) -> str | None:
    match = topics.find(topic) if topic else None
    return match.title if match else None


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {words_of(error)}") from error
