"""A story that was mailed is corrected on the site, marked as such; the mail stays as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.compose.issue import PREHEADER_LIMIT, SUBJECT_LIMIT
from digest.errors import UsageError
from digest.model import Issue, Story
from digest.project import Project
from digest.services.admins import audit
from digest.store import corrections, stories
from digest.store.corrections import Correction
from digest.store.database import exclusively
from digest.text import shorten


def read_story(project: Project, number: int) -> tuple[Story, list[Correction], bool] | None:
    """A story, what was corrected of it, and whether it was mailed; None where there is none."""
    with project.database.read() as connection:
        story = stories.get(connection, number)
        if story is None:
            return None
        made = corrections.of_stories(connection, [number])
        return story, made, stories.is_sealed(connection, number)


def correct(
    project: Project,
    number: int,
    note: str,
    who: str,
    *,
    headline: str = "",
    bullets: Sequence[str] = (),
) -> Story:
    """Give a story that was mailed other words on every page and feed; what is empty stays."""
    with project.database.write() as connection:
        exclusively(connection)
        before = stories.get(connection, number)
        if before is None:
            raise UsageError(
                f"there is no story {number}", remedy="`digest stories list` has the numbers"
            )
        if not stories.is_sealed(connection, number):
            raise UsageError(
                f"story {number} was not mailed yet: there is nothing to correct",
                remedy="`digest issue headline` and `digest issue bullets` change what is mailed",
            )
        now = replace(before, headline=headline or before.headline)
        if bullets:
            now = replace(now, bullets=tuple(bullets), origins=(), machine_written=False)
        if (now.headline, now.bullets) == (before.headline, before.bullets):
            raise UsageError(
                f"story {number} says that already", remedy="name what is to stand there instead"
            )
        at = project.clock()
        corrections.add(connection, before, now, note, who, at)
        stories.update(connection, now, at)
        audit.record(
            connection,
            at,
            who,
            "correct",
            f"story {number}",
            before=[before.headline, *before.bullets],
            after=[now.headline, *now.bullets],
        )
        return now


def with_corrections(issue: Issue, made: Iterable[Correction]) -> Issue:
    """The issue as the site tells it; of several corrections of a story the last counts."""
    made = list(made)
    last = {correction.story_id: correction for correction in made}

    def corrected(story: Story) -> Story:
        correction = last.get(story.id)
        if correction is None:
            return story
        if correction.bullets == correction.bullets_before:
            return replace(story, headline=correction.headline)
        return replace(story, headline=correction.headline, bullets=correction.bullets, origins=())

    return replace(
        issue,
        subject=corrected_line(issue.subject, made),
        preheader=corrected_line(issue.preheader, made),
        stories=tuple(map(corrected, issue.stories)),
        more=tuple(map(corrected, issue.more)),
    )


def corrected_line(line: str, made: Iterable[Correction]) -> str:
    """A subject or preheader as the site tells it, where it was made of what was corrected."""
    for correction in made:
        before = (correction.headline_before, *correction.bullets_before)
        for old, new in zip(before, (correction.headline, *correction.bullets), strict=False):
            for limit in (SUBJECT_LIMIT, PREHEADER_LIMIT):
                if line == shorten(old, limit):
                    line = shorten(new, limit)
    return line
