"""The stories of an issue as its editors arrange them: what of them one page shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import escape

from digest.issue_edits import EditKind
from digest.model import Issue, Story, Topic
from digest.services.issues.edit import EditedIssue
from digest.store.edits import EditRecord

# A page has 100 KB at most; what stands around the stories takes up to 30 of them.
ROWS_BYTES = 70_000
# Of a story beside its headline and the path of its page.
ROW_BYTES = 350
# Stories that were taken out, the last ones; all others are to be put back in the history.
MOST_HIDDEN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A story, where it stands, and the topic under which it is told."""

    place: str  # lead, story, more
    topic: Topic | None
    story: Story


@dataclass(frozen=True, slots=True)
class StorySection:
    """Rows that stand together; `next_story` is the one after them where it is on a later page."""

    place: str
    topic: Topic | None
    stories: tuple[Story, ...]
    next_story: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """Stories as they are read: what opens the issue, the rest by topic, what is named.

    `first` of all rows is the first one here, `after` the first one of the next page, if there is
    one.
    """

    sections: tuple[StorySection, ...]
    hidden: tuple[EditRecord, ...]
    other_days: tuple[EditRecord, ...]
    first: int
    after: int | None
    count: int

    @classmethod
    def of(cls, edited: EditedIssue, first: int, path_bytes: int) -> "Board":
        """That of an issue as it stands, from a row on, as far as it fits into a page."""
        rows = list(_rows(edited.issue)) if edited.issue and edited.issue.stories else []
        first = first if first < len(rows) else 0
        after = first + _fitting(rows[first:], ROW_BYTES + path_bytes)
        hidden = [
            record
            for record in edited.records
            if record.counts and record.edit.kind is EditKind.HIDE
        ]
        return cls(
            tuple(_sections(rows, first, after)),
            tuple(hidden),
            tuple(_on_other_days(edited)),
            first,
            after if after < len(rows) else None,
            len(rows),
        )


def _on_other_days(edited: EditedIssue) -> Iterator[EditRecord]:
    """The edits by which stories are not in the issue of its date, the last of each story."""
    days = [r for r in edited.records if r.counts and r.edit.kind is EditKind.DAYS]
    decided = edited.in_force
    for story, record in {record.edit.story: record for record in days}.items():
        if story is not None and decided.is_news(story, edited.date) is False:
            yield record


def _rows(issue: Issue) -> Iterator[Row]:
    yield Row("lead", None, issue.lead)
    for group in issue.groups:
        yield from (Row("story", group.topic, story) for story in group.stories)
    yield from (Row("more", None, story) for story in issue.more)


def _fitting(rows: Sequence[Row], row_bytes: int) -> int:
    """How many of these have place on a page; one at least."""
    taken = 0
    for count, row in enumerate(rows):
        taken += row_bytes + len(str(escape(row.story.headline)).encode())
        if taken > ROWS_BYTES and count:
            return count
    return len(rows)


def _sections(rows: Sequence[Row], first: int, after: int) -> Iterator[StorySection]:
    following = rows[after] if after < len(rows) else None
    for (place, topic), members in groupby(rows[first:after], lambda row: (row.place, row.topic)):
        goes_on = following is not None and (following.place, following.topic) == (place, topic)
        next_story = following.story.id if goes_on and following else None
        yield StorySection(place, topic, tuple(row.story for row in members), next_story)
