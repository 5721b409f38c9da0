"""What editors decided, as it is kept: each undone alone, and nothing forgotten."""

from dataclasses import replace
from datetime import time, timedelta

from digest.issue_edits import Edit, EditKind
from digest.model import IssueState
from digest.store import edits, issues
from tests.builders import DAY, NOON, issue, picture, story

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


def test_what_is_redone_counts_again_in_its_old_place(database):
    with database.write() as connection:
        first = edits.add(connection, "daily", DAY, HEADLINE, (), "ada", NOON)
        edits.add(connection, "daily", DAY, LEAD, (), "ada", NOON)
        assert not edits.redo(connection, first)
        edits.undo(connection, first, "ben", LATER)
        assert edits.redo(connection, first)
        assert edits.in_force(connection, "daily", DAY).made == (HEADLINE, LEAD)


def test_the_days_of_a_story_reach_the_issues_around_and_a_picture_is_kept(database):
    days = Edit(EditKind.DAYS, ("", str(DAY)), 3)
    shown = Edit(EditKind.PICTURE, ("https://example.org/a.png",), 3, picture())
    with database.write() as connection:
        for edit in (days, shown):
            edits.add(connection, "daily", DAY, edit, (), "ada", NOON)
        assert edits.in_force(connection, "daily", DAY).made == (days, shown)
        assert edits.in_force(connection, "daily", DAY + timedelta(days=9)).made == (days,)
        assert edits.in_force(connection, "daily", DAY - timedelta(days=99)).made == ()
        assert edits.in_force(connection, "weekly", DAY).made == ()


def test_the_hour_of_a_date_is_the_last_that_was_not_undone(database):
    with database.write() as connection:
        for day, hour in ((DAY, "09:00"), (DAY, "10:30"), (DAY - timedelta(days=1), "04:00")):
            edits.add(connection, "daily", day, Edit(EditKind.HOUR, (hour,)), (), "ada", NOON)
        assert edits.changed_hours(connection, DAY) == {("daily", DAY): time(10, 30)}
        assert edits.in_force(connection, "daily", DAY).hour == time(10, 30)
        edits.undo(connection, 2, "ben", LATER)
        assert edits.hour_of(connection, "daily", DAY) == time(9)
        assert edits.hour_of(connection, "weekly", DAY) is None
        assert len(edits.changed_hours(connection, DAY - timedelta(days=9))) == 2


def test_edits_of_a_story_go_to_the_one_that_has_its_reports_now(database):
    kept = Edit(EditKind.HEADLINE, ("Kept",), 7)
    made = [
        kept,
        Edit(EditKind.HEADLINE, ("Of the other",), 3),
        Edit(EditKind.BULLETS, ("Moved",), 3),
        Edit(EditKind.HIDE, (), 3),
        Edit(EditKind.ORDER, ("3", "9", "7")),
    ]
    with database.write() as connection:
        for edit in made:
            edits.add(connection, "daily", DAY, edit, (), "ada", NOON)
        edits.move(connection, 3, to=7)
        in_force = edits.in_force(connection, "daily", DAY)
    assert in_force.find(EditKind.HEADLINE, 7) == kept
    assert in_force.find(EditKind.BULLETS, 7) == replace(made[2], story=7)
    assert in_force.find(EditKind.HIDE, 7) is None
    assert in_force.first == (7, 9)
