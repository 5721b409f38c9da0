"""The tools that draft: edits of an issue that is not sealed, in the name of an editor.

Each is kept by itself, stands on the editors' pages, and is undone alone. There is none to approve,
to hold, to send or to erase.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import Field

from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.mcp.answers import EditsAnswer
from digest.mcp.reading import (
    IssueDate,
    NewsletterName,
    StoryNumber,
    edit_answer,
    issue_meant,
)
from digest.project import Project
from digest.services.issues.agent_edits import make_agent_edits, undo_agent_edit

Line = Annotated[str, Field(description="One line of plain text; empty: stays as it is.")]
Lines = Annotated[
    list[str], Field(max_length=10, description="Lines of plain text; none: stays as it is.")
]


class DraftingTools:
    """Each method is a tool; `who` says whose edits they are, at each call."""

    def __init__(self, project: Project, who: Callable[[], str]) -> None:
        self._project = project
        self._who = who

    def order_stories(
        self,
        stories: Annotated[list[StoryNumber], Field(min_length=1, max_length=100)],
        newsletter: NewsletterName = "",
        date: IssueDate = None,
    ) -> EditsAnswer:
        """Put stories first in an issue, in this order; the first leads, the rest is ranked."""
        edit = Edit(EditKind.ORDER, tuple(map(str, stories)))
        return self._make([edit], newsletter, date)

    def hide_story(
        self, story: StoryNumber, newsletter: NewsletterName = "", date: IssueDate = None
    ) -> EditsAnswer:
        """Leave a story out of one issue; it stays new for the next."""
        return self._make([Edit(EditKind.HIDE, story=story)], newsletter, date)

    def move_story(
        self,
        story: StoryNumber,
        topic: Annotated[str, Field(description="A topic's id.")],
        newsletter: NewsletterName = "",
        date: IssueDate = None,
    ) -> EditsAnswer:
        """Tell a story under another topic, in one issue."""
        return self._make([Edit(EditKind.TOPIC, (topic,), story)], newsletter, date)

    def reword_story(
        self,
        story: StoryNumber,
        headline: Line = "",
        bullets: Lines | None = None,
        newsletter: NewsletterName = "",
        date: IssueDate = None,
    ) -> EditsAnswer:
        """Give a story another headline or other bullets, in one issue.

        They must be a headline and sentences of its reports, word for word (`explain_story` has
        them), unless `free_words` of the newsletter is true.
        """
        edits = [Edit(EditKind.HEADLINE, (headline,), story)] if headline else []
        edits += [Edit(EditKind.BULLETS, tuple(bullets), story)] if bullets else []
        return self._make(edits, newsletter, date)

    def word_issue(
        self,
        subject: Line = "",
        preheader: Line = "",
        note: Lines | None = None,
        newsletter: NewsletterName = "",
        date: IssueDate = None,
    ) -> EditsAnswer:
        """Write the subject, the preheader or the opening note of an issue.

        Only where `free_words` of the newsletter is true: a person approves it before it goes out.
        """
        edits = [Edit(EditKind.SUBJECT, (subject,))] if subject else []
        edits += [Edit(EditKind.PREHEADER, (preheader,))] if preheader else []
        edits += [Edit(EditKind.NOTE, tuple(note))] if note else []
        return self._make(edits, newsletter, date)

    def undo_edit(
        self,
        edit: Annotated[int, Field(ge=1, description="The edit's number.")],
        newsletter: NewsletterName = "",
        date: IssueDate = None,
    ) -> EditsAnswer:
        """Undo an edit of an issue that was made in the same editor's name."""
        chosen, day = issue_meant(self._project, newsletter, date)
        record = undo_agent_edit(self._project, chosen, day, edit, self._who())
        return EditsAnswer(record.issue, [edit_answer(record)])

    def _make(self, edits: Sequence[Edit], newsletter: str, date: IssueDate) -> EditsAnswer:
        if not edits:
            raise UsageError("nothing is to be changed", remedy="give at least one line")
        chosen, day = issue_meant(self._project, newsletter, date)
        records = make_agent_edits(self._project, chosen, day, edits, self._who())
        return EditsAnswer(f"{chosen.id}-{day}", [edit_answer(record) for record in records])
