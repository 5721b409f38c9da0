"""What editors decided, as it is kept: each undone alone, and nothing forgotten."""

from datetime import timedelta

from digest.edits import Edit, EditKind
from digest.model import IssueState
from digest.store import edits, issues
from tests.builders import DAY, NOON, issue, story

LATER = NOON + timedelta(hours=1)
LEAD, HEADLINE = Edit(EditKind.LEAD, (), 3), Edit(EditKind.HEADLINE, ("New", "é"), 7)


def test_an_edit_is_kept_with_who_and_when_and_what_was_there_before(database):
    with database.write() as connection:
        number = edits.add(connection, "daily", DAY, HEADLINE, ("Old",), "ada", NOON)
        edits.add(connection, "daily", DAY + timedelta(days=1), LEAD, (), "ada", NOON)
        edits.add(connection, "weekly", DAY, LEAD, (), "ada", NOON)
    with database.read() as connection:
        (record,) = edits.of_issue(connection, "daily", DAY)
        assert edits.get(connection, number) == record
        assert edits.get(connection, 999) is None
    assert (record.edit, record.before, record.made_by) == (HEADLINE, ("Old",), "ada")
    assert (record.made_at, record.undone_by, record.undone_at) == (NOON, None, None)


def test_what_is_undone_stays_on_record_and_counts_no_more(database):
    with database.write() as connection:
        first = edits.add(connection, "daily", DAY, LEAD, (), "ada", NOON)
        edits.add(connection, "daily", DAY, HEADLINE, (), "ben", NOON)
        assert edits.undo(connection, first, "ben", LATER)
        assert not edits.undo(connection, first, "cem", LATER)
        assert not edits.undo(connection, 999, "cem", LATER)
    with database.read() as connection:
        assert edits.in_force(connection, "daily", DAY).made == (HEADLINE,)
        undone, _ = edits.of_issue(connection, "daily", DAY)
    assert (undone.undone_by, undone.undone_at) == ("ben", LATER)


def test_what_was_held_or_skipped_is_due_again_and_what_is_sealed_stays(database):
    days = [DAY + timedelta(days=number) for number in range(3)]
    with database.write() as connection:
        issues.hold(connection, issue(story(1)), "why", NOON)
        issues.skip(connection, "daily", days[1], "why", NOON)
        for day in days:
            issues.wait_again(connection, "daily", day)
        states = [issues.find(connection, "daily", day) for day in days]
    assert [record and (record.state, record.reason) for record in states] == [
        (IssueState.DRAFT, ""),
        (IssueState.DRAFT, ""),
        None,
    ]
