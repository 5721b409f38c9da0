"""Commands for saved keywords: which list counts where, and another one in its place."""

from typing import Annotated, Any

import typer

from digest.cli.by_option import name_of
from digest.cli.context import one_newsletter, project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Json, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.project import Project
from digest.services.keywords import save as service
from digest.services.keywords.save import OwnedList
from digest.services.keywords.trial import SPAN, read_list
from digest.store.keyword_lists import ListKind
from digest.text import plural

FeedId = Annotated[
    str | None, typer.Option("--source", metavar="ID", help="The list of a feed, by its id.")
]


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the keywords of each newsletter and feed that has some, and which list it is.

    What an editor saved counts in place of the list in the settings.
    """
    with project_of(folder) as project:
        with project.database.read() as connection:
            lists = service.owned_lists(connection, project.config)
        tell = project_clock(project)
    lists = [listed for listed in lists if listed.keywords or listed.is_saved]
    if as_json:
        say_json({"lists": [_list_json(listed) for listed in lists]})
    elif not lists:
        say("No newsletter and no feed has keywords. Save some with `digest keywords save`.")
    else:
        say_table(
            ["Of", "Id", "Keywords", "From"],
            [
                (
                    listed.kind,
                    listed.owner,
                    "; ".join(listed.keywords) or "none",
                    f"saved by {listed.saved.saved_by}, {tell(listed.saved.saved_at)}"
                    if listed.saved and listed.is_saved
                    else "settings",
                )
                for listed in lists
            ],
        )


def save(
    keywords: Annotated[
        str,
        typer.Argument(
            metavar="A;B", help="The whole list; with a + before what one of which must be there."
        ),
    ],
    source: FeedId = None,
    newsletter: OneNewsletterId = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Let a list count in place of that of the settings, on every host, with its next round.

    It says what that changes of the last 14 days; `digest keywords test` says so without saving.
    An empty one ('') leaves nothing out.
    """
    wanted = read_list(keywords, may_be_empty=True)
    with project_of(folder) as project:
        kind, owner = _owner(project, source, newsletter)
        with project.database.read() as connection:
            listed = service.owned_list(connection, project.config, kind, owner)
        change = service.change_of(project, listed, wanted)
        saved = service.save_list(project, kind, owner, keywords, name_of(None), listed.version)
    gone, back = len(change.newly_blocked), len(change.let_through)
    if as_json:
        say_json({**_list_json(saved), "newly_blocked": gone, "let_through": back})
        return
    count, days = plural(len(saved.keywords), "keyword"), SPAN.days
    say(
        f"Saved for {owner}: {count}. Of the last {days} days it would have left out {gone:,} more"
        f" and let through {back:,}."
    )


def undo(
    source: FeedId = None, newsletter: OneNewsletterId = None, folder: ProjectFolder = None
) -> None:
    """Let what was saved last count no more: the list before it does."""
    with project_of(folder) as project:
        _say_counting(
            service.undo_list(project, *_owner(project, source, newsletter), name_of(None))
        )


def redo(
    source: FeedId = None, newsletter: OneNewsletterId = None, folder: ProjectFolder = None
) -> None:
    """Let what was undone count again."""
    with project_of(folder) as project:
        _say_counting(
            service.redo_list(project, *_owner(project, source, newsletter), name_of(None))
        )


def reset(
    source: FeedId = None, newsletter: OneNewsletterId = None, folder: ProjectFolder = None
) -> None:
    """Let the list of the settings count again."""
    with project_of(folder) as project:
        owner = _owner(project, source, newsletter)
        _say_counting(service.follow_settings(project, *owner, name_of(None)))


def _owner(project: Project, source: str | None, newsletter: str | None) -> tuple[ListKind, str]:
    if source is not None:
        return ListKind.SOURCE, source
    return ListKind.NEWSLETTER, one_newsletter(project, newsletter).id


def _say_counting(listed: OwnedList) -> None:
    where = "saved" if listed.is_saved else "of the settings"
    say(f"For {listed.owner} the list {where} counts: {'; '.join(listed.keywords) or 'none'}.")


def _list_json(listed: OwnedList) -> dict[str, Any]:
    saved = listed.saved if listed.is_saved else None
    return {
        "of": listed.kind,
        "id": listed.owner,
        "keywords": listed.keywords,
        "from": "saved" if listed.is_saved else "settings",
        "saved_by": saved and saved.saved_by,
        "saved_at": saved and saved.saved_at,
        "in_settings": listed.in_settings,
    }
