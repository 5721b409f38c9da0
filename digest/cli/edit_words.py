"""Edits as the command line tells them: a phrase, a line of a table, JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from digest.cli.local_times import Tell
from digest.cli.tables import say_table
from digest.model import Story
from digest.services.issues.describe_edit import describe_edit
from digest.services.issues.edit import EditedIssue, Reversal
from digest.store.edits import EditRecord


def say_edits(records: Sequence[EditRecord], names: Mapping[int, str], tell: Tell) -> None:
    """Edits as a table, in the order of their making; nothing where there is none."""
    if records:
        say_table(
            ["Edit", "What", "By", "At", "Undone"],
            [
                (
                    record.id,
                    describe_edit(record, names),
                    record.made_by,
                    tell(record.made_at),
                    f"by {record.undone_by}, {tell(record.undone_at)}" if record.undone_at else "",
                )
                for record in records
            ],
        )


def counting_sentence(reversal: Reversal, names: Mapping[int, str]) -> str:
    """What counts now, after an edit was undone or redone."""
    record, counting = reversal.record, reversal.counting
    if counting is None:
        return "Now as the rules have it."
    if counting.id == record.id:
        return "It counts again."
    return (
        f"Now counts edit {counting.id}, by {counting.made_by}: {describe_edit(counting, names)}."
    )


def issue_edits_json(current: EditedIssue) -> dict[str, Any]:
    """An issue with its edits, as `digest issue show --json` has it."""
    issue = current.issue
    return {
        "newsletter": current.newsletter.id,
        "date": current.date,
        "sealed_at": current.sealed_at,
        "subject": issue.subject if issue else None,
        "preheader": issue.preheader if issue else None,
        "note": list(issue.note) if issue else [],
        "stories": [_story_json(story) for story in issue.stories] if issue else [],
        "more": [_story_json(story) for story in issue.more] if issue else [],
        "edits": [edit_json(record) for record in current.records],
    }


def _story_json(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "topic": story.topic,
        "sources": story.source_count,
        "headline": story.headline,
        "bullets": list(story.bullets),
    }


def edit_json(record: EditRecord) -> dict[str, Any]:
    """One edit."""
    return {
        "id": record.id,
        "kind": record.edit.kind,
        "story": record.edit.story,
        "lines": list(record.edit.lines),
        "before": list(record.before),
        "made_by": record.made_by,
        "made_at": record.made_at,
        "undone_by": record.undone_by,
        "undone_at": record.undone_at,
    }
