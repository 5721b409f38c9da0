"""The command line: one function a command, each a thin face on the pipeline."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from digest import __version__, log
from digest.cli import (
    backup,
    bounces,
    config,
    day,
    explain,
    feedlook,
    keys,
    options,
    people,
    roster,
    serve,
    sourcelist,
    sources,
    stories,
    suppressed,
    topics,
)
from digest.cli import project as projects

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A daily news digest by mail: collects stories, builds the day's issue, sends it once.",
    epilog="Begin with: digest demo",
)
subscribers = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who gets the newsletters."
)
app.add_typer(subscribers, name="subscribers")
dkim = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys that sign the mail.")
app.add_typer(dkim, name="dkim")
suppressions = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Addresses that get nothing more."
)
app.add_typer(suppressions, name="suppressions")
source = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Where the stories come from."
)
app.add_typer(source, name="sources")
story = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is told.")
app.add_typer(story, name="stories")
topic = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What stories are about, and how it is told."
)
app.add_typer(topic, name="topics")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsletter-digest {__version__}")
        raise typer.Exit


@app.callback()
def main(
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="The folder that holds config/.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every attempt.")] = False,
    version: Annotated[  # noqa: ARG001 - acts in its callback
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Set up what all commands share."""
    log.configure(logging.DEBUG if verbose else logging.WARNING)
    options.project_before.set(project)


def _add(to: typer.Typer, name: str, command: Callable[..., Any], example: str) -> None:
    to.command(name, epilog=f"Example: {example}")(command)


_add(app, "init", projects.init, "digest init my-newsletter")
_add(app, "demo", projects.demo, "digest demo")
_add(app, "collect", day.collect, "digest collect --json")
_add(app, "build", day.build, "digest build --date 2026-11-21")
_add(app, "preview", day.preview, "digest preview --subscriber ada@example.org --out /tmp/look")
_add(app, "check-issue", day.check_issue, "digest check-issue --date 2026-11-21")
_add(app, "send", day.send, "digest send --dry-run")
_add(app, "run", day.run, "digest run --json")
_add(app, "scheduler", day.scheduler, "digest scheduler --project /srv/newsletter")
_add(app, "serve", serve.serve, "digest serve --port 8080")
_add(app, "bounces", bounces.bounces, "digest bounces /var/mail/bounces")
_add(app, "status", projects.status, "digest status --json")
_add(app, "check", projects.check, "digest check")
_add(app, "config", config.show, "digest config --json")
_add(app, "backup", backup.backup, "digest backup /backups/digest.db --force")
_add(app, "explain", explain.explain, "digest explain ada@example.org --date 2026-11-21")
_add(
    subscribers,
    "add",
    people.add,
    "digest subscribers add ada@example.org --topics 'space;physics'",
)
_add(subscribers, "remove", people.remove, "digest subscribers remove ada@example.org")
_add(subscribers, "erase", people.erase, "digest subscribers erase ada@example.org")
_add(subscribers, "list", people.list_all, "digest subscribers list --json")
_add(subscribers, "import", roster.import_csv, "digest subscribers import readers.csv --dry-run")
_add(subscribers, "export", roster.export_csv, "digest subscribers export readers.csv")
_add(suppressions, "list", suppressed.list_all, "digest suppressions list --json")
_add(suppressions, "lift", suppressed.lift, "digest suppressions lift ada@example.org")
_add(dkim, "keygen", keys.keygen, "digest dkim keygen --domain example.org")
_add(source, "add", sourcelist.add, "digest sources add https://news.example.org/")
_add(source, "list", sources.list_all, "digest sources list --json")
_add(source, "test", feedlook.show, "digest sources test example-times")
_add(source, "pause", sources.pause, "digest sources pause example-times")
_add(source, "resume", sources.resume, "digest sources resume example-times")
_add(source, "release", sources.release, "digest sources release example-times --drop")
_add(source, "remove", sourcelist.remove, "digest sources remove example-times")
_add(source, "import", sourcelist.import_opml, "digest sources import feeds.opml")
_add(source, "export", sourcelist.export_opml, "digest sources export feeds.opml")
_add(story, "list", stories.list_all, "digest stories list --days 7")
_add(story, "pin", stories.pin, "digest stories pin 12")
_add(story, "unpin", stories.unpin, "digest stories unpin 12")
_add(story, "drop", stories.drop, "digest stories drop 12 17")
_add(story, "restore", stories.restore, "digest stories restore 12")
_add(story, "merge", stories.merge, "digest stories merge 12 17")
_add(story, "split", stories.split, "digest stories split 12 340 341")
_add(topic, "list", topics.list_all, "digest topics list --json")
_add(topic, "set", topics.set_topic, "digest topics set 12 neuroscience")
_add(topic, "train", topics.train, "digest topics train")
_add(topic, "test", topics.assess, "digest topics test --json")
