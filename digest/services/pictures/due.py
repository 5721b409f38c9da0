"""Which stories are to get a picture now, and what it is to be made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from digest.config import Config
from digest.model import Image, Issue, Newsletter, Report, Story
from digest.pictures.folder import PictureFolder
from digest.store import pictures, reports
from digest.store.pictures import PictureRow

# What failed on the web is tried again after so long: a server may have been down.
_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture to be made, for a story by its number.

    `origin` names what it is made of: another one is another picture. Of a file, `folder` is the
    drop folder that it must lie in; `article` is the page to ask where there is no picture.
    """

    story_id: int
    origin: str
    image: Image | None = None
    folder: Path | None = None
    article: str | None = None


def stories_to_show(issue: Issue, newsletter: Newsletter) -> tuple[Story, ...]:
    """The stories of an issue that stand in full for somebody: others have no place for one."""
    if newsletter.images == "none":
        return ()
    return (*issue.stories, *issue.reserves(newsletter.stories_per_topic))


def due_pictures(
    connection: sa.Connection, config: Config, stories: Sequence[Story], now: datetime
) -> list[WantedPicture]:
    """What is to be made for these stories now.

    What was not tried yet, what is another by now, and what was made and whose files are gone.
    """
    folder = PictureFolder(config.picture_folder)
    lost = {
        story.id for story in stories if story.picture and not folder.path(story.picture.small.name)
    }
    tried = pictures.of_stories(connection, [story.id for story in stories])
    return [
        wanted
        for wanted in wanted_pictures(connection, config, stories)
        if wanted.story_id in lost or is_due(wanted, tried.get(wanted.story_id), now)
    ]


def wanted_pictures(
    connection: sa.Connection, config: Config, stories: Sequence[Story]
) -> Iterator[WantedPicture]:
    """What the pictures of these stories are made of, one for each; nothing, for many of them."""
    folders = {source.id: config.path(source.path) for source in config.folders}
    for story in stories:
        members = [report for report, _ in reports.of_story(connection, story.id).values()]
        image = story.image
        if image is not None and image.is_file:
            named_by = next((report for report in members if report.image == image), None)
            folder = folders.get(named_by.source) if named_by else None
            yield WantedPicture(story.id, _origin_of_file(folder, image), image, folder)
            continue
        article = _article_of(members) if config.settings.collect.article_images else None
        named = _name_of(image) if image else article or ""
        yield WantedPicture(story.id, named, image, article=article)


def is_due(wanted: WantedPicture, tried: PictureRow | None, now: datetime) -> bool:
    """Whether it is worth trying; what has nothing to be made of has to be tried no first time."""
    if tried is None:
        return bool(wanted.origin)
    if tried.origin != wanted.origin:
        return True
    return bool(tried.reason) and wanted.folder is None and tried.tried_at <= now - _AGAIN


def _origin_of_file(folder: Path | None, image: Image) -> str:
    """The file as it is now: another size or time is another picture."""
    name = _name_of(image)
    try:
        status = (folder / image.url).stat() if folder else None
    except OSError:
        status = None
    return f"{name} {status.st_size} {status.st_mtime_ns}" if status else name


def _name_of(image: Image) -> str:
    focus = f"{image.focus[0]}% {image.focus[1]}%" if image.focus else ""
    return " ".join(filter(None, (image.url, image.alt, focus)))


def _article_of(members: Sequence[Report]) -> str | None:
    """The page of the first report that a feed told."""
    links = (source.url for report in members if report.url for source in report.sources)
    return next(filter(None, links), None)
