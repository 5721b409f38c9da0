"""`digest explain STORY`: why a story is as it is, and where it stands in issues."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from digest.cli.edit_words import edit_json
from digest.cli.json_output import rejection_json, say_json
from digest.cli.local_times import Tell, project_clock
from digest.cli.output import say
from digest.model import Story
from digest.project import Project
from digest.services.explain import story as explaining
from digest.services.explain.story import ExplainedBullet, ExplainedStory
from digest.services.issues.describe_edit import describe_edit, numbered_names
from digest.services.stories.edit import find_story, look_up
from digest.store import rejections
from digest.store.edits import EditRecord
from digest.store.pictures import PictureRow


def explain_story(
    project: Project, what: str, newsletter: str | None, day: date | None, *, as_json: bool
) -> None:
    """Say why a story has its topic and its place; of a file that is rejected, why."""
    newsletters = project.config.newsletters(newsletter)
    with project.database.read() as connection:
        rejection = None if what.isdecimal() else rejections.of_file(connection, str(Path(what)))
        # A file that is rejected may never have been a story.
        story = look_up(connection, what) if rejection else find_story(connection, what)
        explained = (
            explaining.explain_story(connection, project, story, newsletters, day)
            if story
            else None
        )
    if as_json:
        rejected = {"rejected": rejection_json(rejection) if rejection else None}
        unexplained: dict[str, Any] = {"written_for": None, "edits": []}
        say_json(rejected | (_explained_json(explained) if explained else unexplained))
        return
    tell = project_clock(project)
    if rejection is not None:
        say(f"Rejected: {rejection}")
        say(f"  since {tell(rejection.since)}")
    if explained is not None:
        _say_explained(explained, numbered_names(project, explained.edits), tell)
        dropped = explained.story.dropped
        if dropped is not None and dropped > project.latest_today():
            say(f"Held back: until {dropped}, the date of its file.")


def _explained_json(explained: ExplainedStory) -> dict[str, Any]:
    written_for = explained.written_for
    return {
        **_facts(explained),
        "written_for": written_for.issue if written_for else None,
        "withdrawn_at": explained.withdrawn_at,
        "reports": [
            {
                "report": report.id,
                "source": report.source,
                "headline": report.headline,
                "url": report.url,
                "reason": report.reason,
                "left_out": report.left_out,
            }
            for report in explained.reports
        ],
        "bullets": [
            {
                "text": bullet.text,
                "report": bullet.report,
                "sentence": bullet.sentence,
                "source_number": bullet.source_number,
            }
            for bullet in explained.bullets
        ],
        "bullets_reason": explained.story.bullets_reason,
        "machine_written": explained.story.machine_written,
        "edits": [edit_json(edit) for edit in explained.edits],
        "ranks": [
            {
                "issue": rank.issue,
                "sealed": rank.is_sealed,
                "new": rank.is_new,
                "blocked": rank.blocked or None,
                "score": rank.score.total,
                "pinned": rank.score.pinned,
                "parts": [
                    {"name": part.name, "value": part.value, "sentence": part.sentence}
                    for part in rank.score.parts
                ],
                "reason": str(rank.score),
            }
            for rank in explained.ranks
        ],
    }


def _say_explained(explained: ExplainedStory, names: Mapping[int, str], tell: Tell) -> None:
    for key, value in _facts(explained).items():
        say(f"{key.replace('_', ' ').capitalize()}: {value}")
    for report in explained.reports:
        say(f"Report {report.id}, {report.source}: {report.headline}")
        if report.reason:
            say(f"  {report.reason}")
        for paragraph in report.left_out:
            say(f"  left out, since {report.source} repeats it: {paragraph}")
    for bullet in explained.bullets:
        say(f"Bullet{_origin(bullet)}: {bullet.text}")
    if explained.story.bullets_reason:
        say(f"Bullets: {explained.story.bullets_reason}")
    for edit in explained.edits:
        whose = f"{edit.newsletter}-{edit.date}, {edit.made_by}, {tell(edit.made_at)}"
        say(f"Edit {edit.id} for {whose}: {describe_edit(edit, names)}")
    for rank in explained.ranks:
        outside = " (sealed)" if rank.is_sealed else ""
        outside += "" if rank.is_new else " (not news on that day)"
        outside += f" ({rank.blocked})" if rank.blocked else ""
        say(f"Rank in {rank.issue}{outside}: {rank.score}")
    if explained.withdrawn_at:
        say(_why_in_no_issue(explained.written_for, tell(explained.withdrawn_at)))


def _why_in_no_issue(edit: EditRecord | None, dropped_at: str) -> str:
    """Why no issue takes a story by itself; `edit` is that of the editor who wrote it, if any."""
    if edit is None:
        return f"Dropped: {dropped_at}. It goes into no issue; `digest stories restore` undoes it."
    if edit.counts:
        return (
            f"Written by hand for {edit.issue}: it goes into no other issue. Until that is sealed, "
            f"`digest issue undo {edit.id}` takes it out."
        )
    return (
        f"Taken out of {edit.issue}, for which it was written by hand. "
        f"`digest issue redo {edit.id}` puts it back."
    )


def _facts(explained: ExplainedStory) -> dict[str, Any]:
    """What is said of a story, a line each."""
    story = explained.story
    return {
        "story": f"{story.id}, {story.headline}",
        "topic": story.topic,
        "topic_reason": story.topic_reason,
        "day": story.dropped or f"collected {story.collected_at:%Y-%m-%d %H:%M} UTC",
        "sources": story.source_count,
        "picture": _picture(story, explained.tried),
    }


def _picture(story: Story, tried: PictureRow | None) -> str:
    """What the story's picture was made of, or why it has none."""
    if story.picture is not None:
        file = story.picture.wide or story.picture.column
        origin = story.image.url if story.image else tried.origin if tried else ""
        return f"{file.width} × {file.height} pixels, of {origin}"  # noqa: RUF001
    if tried is not None and tried.reason:
        return f"none: {tried.reason}"
    if story.image is not None:
        return f"not made yet, of {story.image.url}: that is done where an issue would show it"
    return "none"


def _origin(bullet: ExplainedBullet) -> str:
    if bullet.report is None:
        return ""
    place = f"sentence {bullet.sentence}" if bullet.sentence else "the headline"
    return f", {place} of report {bullet.report}"
