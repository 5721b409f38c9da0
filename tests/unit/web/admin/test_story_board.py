"""What one page shows of an issue's stories: as many as fit, and each of them on one page."""

from itertools import pairwise

import pytest

from digest.model import Issue
from digest.services.issues.edit import EditedIssue
from digest.web.admin.story_board import ROW_BYTES, ROWS_BYTES, Board
from tests.builders import DAY, TREE, newsletter, story

PATH = len("/admin/issues/daily/2026-11-21")
HEADLINES = ("Short", "Ледник & вода, " * 13)


def edited(count: int, headline: str) -> EditedIssue:
    topics = ("space", "medicine", "culture")
    stories = [
        story(number, headline=f"{headline} {number}", topic=topics[number % 3])
        for number in range(1, count + 1)
    ]
    half = count // 2
    told, more = tuple(stories[:half]), tuple(stories[half:])
    issue = Issue("daily", DAY, "Subject", "Preheader", TREE.topics, told, more)
    return EditedIssue(newsletter(), DAY, issue, ())


@pytest.mark.parametrize("headline", HEADLINES)
def test_every_story_is_on_one_page_and_no_page_has_more_than_fits(headline):
    issue = edited(500, headline)
    pages = [Board.of(issue, 0, PATH)]
    while pages[-1].after:
        pages.append(Board.of(issue, pages[-1].after, PATH))
    assert len(pages) > 2
    shown = [[s for section in page.sections for s in section.stories] for page in pages]
    assert sorted(s.id for stories in shown for s in stories) == list(range(1, 501))
    for stories in shown:
        rows = [ROW_BYTES + PATH + len(s.headline.encode()) for s in stories]
        assert sum(rows) <= ROWS_BYTES
    for page, following in pairwise(pages):
        last, first = page.sections[-1], following.sections[0]
        goes_on = (last.place, last.topic) == (first.place, first.topic)
        assert last.next_story == (first.stories[0].id if goes_on else None)


def test_an_issue_that_has_become_shorter_is_shown_from_its_beginning():
    board = Board.of(edited(6, "Short"), 400, PATH)
    assert (board.first, board.after, board.count) == (0, None, 6)
    assert next(section.place for section in board.sections) == "lead"
    assert Board.of(EditedIssue(newsletter(), DAY, None, ()), 0, PATH).sections == ()
