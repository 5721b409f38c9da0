"""The pictures of an issue's stories: what is due is made, and kept with why some have none."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from digest.collect.feeds.values import SAME_PICTURE
from digest.issue_edits import Edits
from digest.log import get_logger
from digest.model import Issue, Picture, Story
from digest.project import Project
from digest.services.pictures.due import WantedPicture, due_pictures
from digest.services.pictures.store import put_pictures
from digest.store import pictures
from digest.store.database import exclusively
from digest.store.pictures import PictureRow

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher
    from digest.services.pictures.make import MadePicture

log = get_logger(__name__)

# Seconds: somebody sits and waits.
_PATIENCE_OF_A_PREVIEW = 12.0


def take_pictures(
    project: Project, stories: Sequence[Story], make_fetcher: "Callable[[], Fetcher]"
) -> None:
    """Make the pictures of these stories that are due; nothing is open while they are made."""
    now = project.clock()
    with project.database.read() as connection:
        due = due_pictures(connection, project.config, stories, now)
    if not due:
        return
    from digest.services.pictures.make import make_pictures

    asks_the_web = any(wanted.folder is None and wanted.origin for wanted in due)
    made = make_pictures(due, make_fetcher() if asks_the_web else None)
    made = [_kept(project, picture) for picture in made]
    with project.database.write() as connection:
        exclusively(connection)  # another process may have made the same
        for picture in _without_logos(connection, made):
            row = PictureRow(
                picture.wanted.story_id,
                picture.wanted.origin,
                picture.content_hash,
                picture.reason,
                now,
            )
            pictures.keep(connection, row, picture.picture)
            if picture.reason:
                log.info("no picture", story=picture.wanted.story_id, reason=picture.reason)


def with_pictures(
    project: Project,
    issue: Issue,
    due: Sequence[WantedPicture],
    make_fetcher: "Callable[[], Fetcher]",
    decided: Edits,
) -> Issue:
    """The issue with the pictures that are due, for a rehearsal: nothing is recorded.

    `decided` are its edits: a picture that an editor chose stays.

    The files are kept, under their own names: a mail that shows them finds them.
    """
    if not due:
        return issue
    from digest.services.pictures.make import make_pictures

    asks_the_web = any(wanted.folder is None and wanted.origin for wanted in due)
    fetcher = make_fetcher() if asks_the_web else None
    made: dict[int, Picture | None] = {
        picture.wanted.story_id: _kept(project, picture).picture
        for picture in make_pictures(due, fetcher, patience=_PATIENCE_OF_A_PREVIEW)
    }

    def dressed(stories: tuple[Story, ...]) -> tuple[Story, ...]:
        return tuple(
            replace(story, picture=decided.picture_of(story.id, made[story.id]))
            if story.id in made
            else story
            for story in stories
        )

    return replace(issue, stories=dressed(issue.stories), more=dressed(issue.more))


def _kept(project: Project, made: "MadePicture") -> "MadePicture":
    """The picture with its files written; without it, where they cannot be kept."""
    if made.picture is None:
        return made
    fault = put_pictures(project.config, made.files)
    if fault:
        # Without an origin the next run tries again: the disk and the bucket may be well by then.
        wanted = replace(made.wanted, origin="")
        return replace(made, wanted=wanted, picture=None, reason=f"it {fault}")
    return replace(made, files={})


def _without_logos(connection: sa.Connection, made: Sequence["MadePicture"]) -> "list[MadePicture]":
    """What was made; a picture of the web that many stories have is a logo, and shows none."""
    uses: Counter[str] = Counter(picture.content_hash for picture in made if picture.content_hash)
    judged = []
    for picture in made:
        if picture.content_hash and picture.wanted.folder is None:
            others = pictures.stories_with(connection, picture.content_hash) - {
                picture.wanted.story_id
            }
            count = uses[picture.content_hash] + len(others)
            if count >= SAME_PICTURE:
                reason = f"{picture.wanted.origin} is the picture of {count} stories: a logo"
                picture = replace(picture, picture=None, reason=reason)  # noqa: PLW2901
        judged.append(picture)
    return judged
