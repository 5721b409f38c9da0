"""The picture that an editor chooses for a story, among the images that its reports name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Image, Newsletter, Picture
from digest.project import Project
from digest.services.issues.edit import make_edits
from digest.services.issues.story_material import StoryMaterial, read_material
from digest.services.pictures.due import WantedPicture
from digest.services.pictures.store import put_pictures
from digest.store.edits import EditRecord

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher


def choose_picture(
    project: Project,
    newsletter: Newsletter,
    day: date,
    story: int,
    address: str,
    who: str,
    make_fetcher: "Callable[[], Fetcher]",
    *,
    saw: int | None = None,
) -> EditRecord:
    """Let a story show the image of this address, or none where that is empty; in one issue.

    It is got and cut now, with nothing held; a usage error where that fails.
    """
    edit = Edit(EditKind.PICTURE, (), story)
    if address:
        with project.database.read() as connection:
            material = read_material(connection, story, project.clock())
        picture = _make(project, material, address, make_fetcher)
        edit = Edit(EditKind.PICTURE, (address,), story, picture)
    (record,) = make_edits(project, newsletter, day, [edit], who, saw=saw)
    return record


def _make(
    project: Project,
    material: StoryMaterial,
    address: str,
    make_fetcher: "Callable[[], Fetcher]",
) -> Picture:
    image = next((image for image in material.images if image.url == address), None)
    if image is None:
        raise UsageError(
            f"no report of story {material.story.id} names the picture {address}",
            remedy=f"`digest issue picture {material.story.id}` lists those that one does",
        )
    if material.story.image == image and material.story.picture is not None:
        return material.story.picture
    from digest.services.pictures.make import make_pictures

    wanted = WantedPicture(
        material.story.id, image.url, image, folder=_folder_of(project, material, image)
    )
    (made,) = make_pictures([wanted], None if image.is_file else make_fetcher())
    if made.picture is None:
        raise UsageError(f"there is no picture: {made.reason}", remedy="choose another one")
    fault = put_pictures(project.config, made.files)
    if fault:
        raise UsageError(f"there is no picture: it {fault}", remedy="try again")
    return made.picture


def _folder_of(project: Project, material: StoryMaterial, image: Image) -> Path | None:
    report = material.report_of(image)
    folders = {source.id: project.config.path(source.path) for source in project.config.folders}
    return folders.get(report.source) if image.is_file and report else None
