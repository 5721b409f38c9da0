"""Edits that a program makes for an editor: which words it may put into an issue by itself."""

from collections.abc import Sequence
from datetime import date

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.merge.bullet_origins import all_sentences
from digest.model import Newsletter
from digest.project import Project
from digest.services.issues.edit import edits_made, make_edits, undo_edit
from digest.services.issues.story_material import StoryMaterial, read_material
from digest.store.edits import EditRecord

_WORDS = (
    EditKind.HEADLINE,
    EditKind.BULLETS,
    EditKind.SUBJECT,
    EditKind.PREHEADER,
    EditKind.NOTE,
)


def make_agent_edits(
    project: Project, newsletter: Newsletter, day: date, wanted: Sequence[Edit], who: str
) -> list[EditRecord]:
    """Keep edits in the name of an editor, all or none.

    A usage error, beside those of `make_edits`, for words that are no report's own in an issue that
    may go out without a person's approval: a subscriber would read them as the sources' words.
    """
    if not needs_a_person(newsletter):
        for edit in wanted:
            _refuse_free_words(project, newsletter, edit)
    return make_edits(project, newsletter, day, wanted, who)


def needs_a_person(newsletter: Newsletter) -> bool:
    """Whether no issue of it goes out unless somebody approved it."""
    return newsletter.approval == "required" and newsletter.when_unapproved == "hold"


def undo_agent_edit(
    project: Project, newsletter: Newsletter, day: date, number: int, who: str
) -> EditRecord:
    """Undo an edit of this issue that was made in the same name, which is a usage error else."""
    made = {record.id: record for record in edits_made(project, newsletter, day)}
    if number not in made or made[number].made_by != who:
        raise UsageError(
            f"edit {number} is none that {who} made of {newsletter.id}-{day}",
            remedy="an editor undoes it: `digest issue undo`",
        )
    undo_edit(project, number, who)
    return next(record for record in edits_made(project, newsletter, day) if record.id == number)


def _refuse_free_words(project: Project, newsletter: Newsletter, edit: Edit) -> None:
    if edit.kind not in _WORDS:
        return
    if edit.story is not None:
        with project.database.read() as connection:
            material = read_material(connection, edit.story, project.clock())
        if set(edit.lines) <= _own_words(material, edit.kind):
            return
    raise UsageError(
        f"this {edit.kind} is in no report's own words, and {newsletter.id} may go out unseen",
        remedy="take a headline or sentences of the story's reports, or let the newsletter ask for "
        'approval: approval = "required", when_unapproved = "hold"',
    )


def _own_words(material: StoryMaterial, kind: EditKind) -> set[str]:
    if kind is EditKind.HEADLINE:
        return {material.story.headline, *(headline for headline, _ in material.headlines)}
    sentences = (all_sentences(report) for report in material.reports.values())
    return {*material.story.bullets, *(text for texts in sentences for text in texts)}
