"""What an editor may choose from for a story: headlines, pictures, sentences of its reports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.errors import NotFoundError
from digest.merge.bullet_origins import sentence_of
from digest.merge.language.publishers import publisher_of
from digest.model import Image, Report, Story
from digest.services.stories.own_words import OwnWords
from digest.store import stories


@dataclass(frozen=True, slots=True)
class SourcedBullet:
    """A bullet and the sentence that it comes from, empty where that is not known."""

    text: str
    sentence: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class StoryMaterial:
    """A story as it is by itself, and its reports by number."""

    story: Story
    reports: Mapping[int, Report]

    @property
    def headlines(self) -> tuple[tuple[str, str], ...]:
        """The headlines of its reports, each once, and who has it."""
        headlines: dict[str, str] = {}
        for report in self.reports.values():
            headlines.setdefault(report.headline, publisher_of(report))
        return tuple(headlines.items())

    @property
    def images(self) -> tuple[Image, ...]:
        """The images that its reports name, each once."""
        images = (report.image for report in self.reports.values() if report.image)
        return tuple({image.url: image for image in images}.values())

    def report_of(self, image: Image) -> Report | None:
        """The report that names an image."""
        named_by = (report for report in self.reports.values() if report.image == image)
        return next(named_by, None)

    @property
    def bullets(self) -> tuple[SourcedBullet, ...]:
        """Its bullets, each with its sentence."""
        return tuple(self._sourced())

    def _sourced(self) -> Iterator[SourcedBullet]:
        by_name = {(report.source, report.key): report for report in self.reports.values()}
        origins = self.story.origins or (None,) * len(self.story.bullets)
        for bullet, origin in zip(self.story.bullets, origins, strict=True):
            report = by_name.get((origin.source, origin.key)) if origin else None
            if origin is None or report is None:
                yield SourcedBullet(bullet)
            else:
                sentence = sentence_of(report, origin.sentence)
                yield SourcedBullet(bullet, sentence, publisher_of(report))


def read_material(connection: sa.Connection, number: int, now: datetime) -> StoryMaterial:
    """What there is of a story; a NotFoundError where there is none of the number."""
    story = stories.get(connection, number)
    if story is None:
        raise NotFoundError(
            f"there is no story '{number}'", remedy="`digest stories list` names them"
        )
    return StoryMaterial(story, OwnWords(connection, now).of_story(number))
