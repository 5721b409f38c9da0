"""Commands for keywords: test a list, what sources' lists blocked, and telling that after all."""

from typing import Annotated, Any

import typer

from digest.cli.by_option import name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Json, NewsletterId, ProjectFolder, number
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.keywords import subscriber_filter
from digest.services.keywords import blocked as service
from digest.services.keywords.trial import (
    SPAN,
    KeywordTrial,
    TriedItem,
    read_list,
    try_on_source,
    try_on_stories,
)
from digest.text import plural

SourceId = Annotated[
    str | None, typer.Option("--source", metavar="ID", help="A feed, by its id in the settings.")
]


def test(
    keywords: Annotated[
        str,
        typer.Argument(
            metavar="A;B", help="The list; with a + before what one of which must be there."
        ),
    ],
    source: SourceId = None,
    newsletter: NewsletterId = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Show what a list would have kept and blocked in the last 14 days. Nothing is changed.

    Of the stories of a newsletter, or, with --source, of what a feed told.
    """
    wanted = subscriber_filter(read_list(keywords))
    with project_of(folder) as project:
        if source is not None:
            trial = try_on_source(project, source, wanted)
        else:
            trial = try_on_stories(project, one_newsletter(project, newsletter), wanted)
        tell = project_clock(project)
    if as_json:
        say_json({"since": trial.since, "items": [_item_json(item) for item in trial.items]})
        return
    if trial.blocked:
        say_table(
            ["Collected", "Headline", "Why"],
            [(tell(item.collected_at), item.headline, str(item.removal)) for item in trial.blocked],
        )
    say(_sum(trial))


def blocked(source: SourceId = None, folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List what the keywords of sources blocked in the last 14 days, and by which."""
    with project_of(folder) as project:
        listed = service.blocked_lately(project, source)
        tell = project_clock(project)
    if as_json:
        say_json({"blocked": listed})
    elif not listed:
        say(f"Nothing was blocked in the last {SPAN.days} days.")
    else:
        say_table(
            ["Report", "Source", "Collected", "Headline", "Why"],
            [
                (entry.id, entry.source, tell(entry.collected_at), entry.headline, entry.reason)
                for entry in listed
            ],
        )


def restore(
    reports: Annotated[
        list[int],
        typer.Argument(
            metavar="REPORT...",
            parser=number(1),
            help="Numbers of `digest keywords blocked`.",
        ),
    ],
    folder: ProjectFolder = None,
) -> None:
    """Tell after all what the keywords of a source blocked; the next run makes stories of it."""
    with project_of(folder) as project:
        service.tell_after_all(project, reports, name_of(None))
    say(f"{plural(len(reports), 'report')} will be told.")


def _item_json(item: TriedItem) -> dict[str, Any]:
    return {
        "headline": item.headline,
        "collected_at": item.collected_at,
        "blocked": item.removal is not None,
        "keyword": (item.removal.keyword or None) if item.removal else None,
    }


def _sum(trial: KeywordTrial) -> str:
    kept, gone = len(trial.kept), len(trial.blocked)
    of = f"of {plural(kept + gone, 'item')} of the last {SPAN.days} days"
    return f"It would have blocked {gone:,} {of}, and kept {kept:,}."
