"""Issues: one a newsletter a date, frozen by the seal, all or nothing (promises 1 to 3)."""

import time
from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from digest.model import Image, IssueState, SourceRef
from digest.store import issues, stories
from digest.store.database import exclusively
from digest.store.schema import issue_stories
from digest.store.schema import issues as issue_table
from tests.builders import DAY, NOON, issue
from tests.contract.givens import add_story, at_once

LATER = NOON + timedelta(hours=3)
NEXT = DAY + timedelta(days=1)


def taken(connection, newsletter="daily"):
    query = sa.select(issue_stories.c.story_id).where(issue_stories.c.newsletter == newsletter)
    return sorted(connection.scalars(query))


def the_issue(connection, newsletter="daily", day=DAY):
    record = issues.find(connection, newsletter, day)
    assert record is not None
    return record


# the seal


def test_a_sealed_issue_comes_back_equal_and_with_the_same_hash(database):
    with database.write() as connection:
        lead = add_story(
            connection,
            "a",
            bullets=('It\'s "so" 👩‍🚀', "שלום\u2028x", "\\n"),
            image=Image("https://example.org/a.png", "Ein Bild: „ä“"),
            sources=(SourceRef("Example Times", "https://example.org/?a=1&b=2"), SourceRef("B")),
            collected_at=NOON.replace(microsecond=123456),
            dated=DAY,
            dropped=None,
            topic_reason="keyword: galaxy",
        )
        sealed = issue(lead, add_story(connection, "b"), more=(add_story(connection, "c"),))
        issue_id = issues.seal(connection, sealed, LATER)
    with database.read() as connection:
        record = the_issue(connection)
        stored_hash = connection.scalar(sa.select(issue_table.c.content_hash))
    assert record.id == issue_id
    assert record.issue == sealed
    assert record.issue.content_hash == sealed.content_hash == stored_hash
    assert (record.state, record.sealed, record.sealed_at) == (IssueState.SENDING, True, LATER)
    assert (record.key, record.reason, record.finished_at) == ("daily-2026-11-21", "", None)


def test_the_seal_freezes_stories_that_are_updated_later(database):
    with database.write() as connection:
        told = add_story(connection)
        sealed = issue(told)
        issues.seal(connection, sealed, NOON)
        connection.execute(sa.text("UPDATE stories SET headline = 'Changed'"))
        changed = stories.get(connection, told.id)
        assert changed is not None
        assert changed.headline == "Changed"
        assert the_issue(connection).issue == sealed


def test_the_seal_takes_the_stories_and_those_named_by_headline_alone(database):
    with database.write() as connection:
        told = [add_story(connection, name) for name in "abcd"]
        issues.seal(connection, issue(*told[:2], more=(told[2],)), NOON)
        assert taken(connection) == [one.id for one in told[:3]]
        assert taken(connection, "weekly") == []


def test_two_newsletters_take_the_same_story_on_the_same_date(database):
    with database.write() as connection:
        told = add_story(connection)
        first = issues.seal(connection, issue(told), NOON)
        second = issues.seal(connection, issue(told, newsletter="weekly"), NOON)
        assert None not in (first, second)
        assert first != second
        assert taken(connection) == taken(connection, "weekly") == [told.id]


def test_a_second_seal_of_the_date_changes_nothing(database):
    with database.write() as connection:
        sealed = issue(add_story(connection, "a"))
        issues.seal(connection, sealed, NOON)
        before = the_issue(connection)
        assert issues.seal(connection, issue(add_story(connection, "b")), LATER) is None
        assert the_issue(connection) == before
        assert taken(connection) == [sealed.lead.id]


def test_a_story_that_is_taken_already_undoes_the_whole_seal(database):
    with database.write() as connection:
        old, new = add_story(connection, "a"), add_story(connection, "b")
        issues.seal(connection, issue(old), NOON)
    for again in (issue(new, old, date=NEXT), issue(new, more=(old,), date=NEXT)):
        with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
            issues.seal(connection, again, LATER)
        with database.read() as connection:
            assert issues.find(connection, "daily", NEXT) is None
            assert taken(connection) == [old.id]


def test_a_failed_seal_leaves_the_draft_as_it_was(database):
    with database.write() as connection:
        old, new = add_story(connection, "a"), add_story(connection, "b")
        issues.seal(connection, issue(old), NOON)
        issues.save_draft(connection, issue(new, date=NEXT), NOON)
        before = the_issue(connection, day=NEXT)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        issues.seal(connection, issue(new, old, date=NEXT), LATER)
    with database.read() as connection:
        assert the_issue(connection, day=NEXT) == before


@pytest.mark.parametrize("politely", [True, False], ids=["one by one", "all at once"])
def test_of_those_who_seal_a_date_at_once_one_wins(database, open_database, politely):
    others = [open_database() for _ in range(4)]
    with database.write() as connection:
        told = [add_story(connection, str(number)) for number in range(len(others))]

    def seal(other, lead):
        with other.write() as connection:
            if politely:
                exclusively(connection)
            return issues.seal(connection, issue(lead), NOON)

    tasks = [
        lambda other=other, lead=lead: seal(other, lead)
        for other, lead in zip(others, told, strict=True)
    ]
    results = at_once(tasks)
    assert sum(result is not None for result in results) == 1
    winner = next(n for n, result in enumerate(results) if result is not None)
    with database.read() as connection:
        record = the_issue(connection)
        assert record.id == results[winner]
        assert record.issue == issue(told[winner])
        assert taken(connection) == [told[winner].id]


def while_it_is_sealed(database, other, sealed, act):
    """Begin a seal; let `act` run in another transaction before it is committed."""
    begun = Event()

    def seal():
        with database.write() as connection:
            result = issues.seal(connection, sealed, NOON)
            begun.set()
            time.sleep(0.2)
            return result

    def meanwhile():
        assert begun.wait(30)
        with other.write() as connection:
            return act(connection)

    return at_once([seal, meanwhile])


def test_one_who_seals_while_another_does_sees_it_sealed(database, open_database):
    with database.write() as connection:
        one, two = add_story(connection, "a"), add_story(connection, "b")
    results = while_it_is_sealed(
        database,
        open_database(),
        issue(one),
        lambda connection: issues.seal(connection, issue(two), LATER),
    )
    with database.read() as connection:
        record = the_issue(connection)
        assert results == [record.id, None]
        assert (record.issue, record.sealed_at) == (issue(one), NOON)
        assert taken(connection) == [one.id]


@pytest.mark.parametrize("act", ["draft", "skip"])
def test_what_comes_while_an_issue_is_sealed_comes_too_late(database, open_database, act):
    with database.write() as connection:
        one, two = add_story(connection, "a"), add_story(connection, "b")

    def draft(connection):
        issues.save_draft(connection, issue(two), LATER)

    def skip(connection):
        issues.skip(connection, "daily", DAY, "nothing new", LATER)

    too_late = {"draft": draft, "skip": skip}[act]
    while_it_is_sealed(database, open_database(), issue(one), too_late)
    with database.read() as connection:
        record = the_issue(connection)
    assert (record.state, record.issue, record.reason) == (IssueState.SENDING, issue(one), "")


# drafts and skips


def test_a_draft_takes_no_story_and_gives_way_to_the_next(database):
    with database.write() as connection:
        one, two = add_story(connection, "a"), add_story(connection, "b")
        issues.save_draft(connection, issue(one), NOON)
        issues.save_draft(connection, issue(two), LATER)
        record = the_issue(connection)
        assert (record.state, record.issue) == (IssueState.DRAFT, issue(two))
        assert (record.sealed, record.sealed_at) == (False, None)
        assert taken(connection) == []
        assert issues.done(connection, DAY) == set()


def test_a_draft_is_sealed_under_its_own_number(database):
    with database.write() as connection:
        one, two = add_story(connection, "a"), add_story(connection, "b")
        issues.save_draft(connection, issue(one), NOON)
        draft = the_issue(connection)
        assert issues.seal(connection, issue(two), LATER) == draft.id
        assert the_issue(connection).issue == issue(two)
        assert taken(connection) == [two.id]


def test_a_skipped_date_says_why_and_takes_nothing(database):
    with database.write() as connection:
        issues.save_draft(connection, issue(add_story(connection)), NOON)
        issues.skip(connection, "daily", DAY, "nothing new", LATER)
        record = the_issue(connection)
        assert (record.state, record.reason) == (IssueState.SKIPPED, "nothing new")
        assert (record.issue, record.sealed) == (None, False)
        assert taken(connection) == []
        assert issues.done(connection, DAY) == {("daily", DAY)}


def test_a_skipped_date_can_still_be_sealed(database):
    with database.write() as connection:
        issues.skip(connection, "daily", DAY, "nothing new", NOON)
        sealed = issue(add_story(connection))
        assert issues.seal(connection, sealed, LATER) is not None
        record = the_issue(connection)
        assert (record.state, record.reason, record.issue) == (IssueState.SENDING, "", sealed)


@pytest.mark.parametrize("finished", [False, True])
def test_a_sealed_issue_is_never_overwritten(database, finished):
    with database.write() as connection:
        issue_id = issues.seal(connection, issue(add_story(connection, "a")), NOON)
        assert issue_id is not None
        if finished:
            issues.finish(connection, issue_id, NOON)
        before = the_issue(connection)
        issues.save_draft(connection, issue(add_story(connection, "b")), LATER)
        issues.skip(connection, "daily", DAY, "nothing new", LATER)
        assert the_issue(connection) == before


# how far they have come


def test_a_finished_issue_is_sent_and_finished_once(database):
    with database.write() as connection:
        issue_id = issues.seal(connection, issue(add_story(connection)), NOON)
        assert issue_id is not None
        assert [record.id for record in issues.unfinished(connection)] == [issue_id]
        issues.finish(connection, issue_id, LATER)
        issues.finish(connection, issue_id, LATER + timedelta(hours=1))
        record = issues.get(connection, issue_id)
        assert (record.state, record.finished_at) == (IssueState.SENT, LATER)
        assert (record.sealed, record.sealed_at) == (True, NOON)
        assert issues.unfinished(connection) == []


def test_neither_a_draft_nor_a_skipped_date_can_be_finished(database):
    with database.write() as connection:
        issues.save_draft(connection, issue(add_story(connection)), NOON)
        issues.skip(connection, "weekly", DAY, "nothing new", NOON)
        for newsletter in ("daily", "weekly"):
            before = the_issue(connection, newsletter)
            issues.finish(connection, before.id, LATER)
            assert the_issue(connection, newsletter) == before


def test_the_lists_of_issues_are_in_order(database):
    with database.write() as connection:
        days = [NEXT, DAY - timedelta(days=9), DAY]
        for number, day in enumerate(days):
            told = add_story(connection, str(number))
            issues.seal(connection, issue(told, date=day), NOON)
        issues.skip(connection, "weekly", DAY, "nothing new", NOON)
        assert [r.date for r in issues.unfinished(connection)] == sorted(days)
        assert [r.key for r in issues.latest(connection, 3)] == [
            "daily-2026-11-22",
            "daily-2026-11-21",
            "weekly-2026-11-21",
        ]
        assert issues.done(connection, DAY) == {
            ("daily", DAY),
            ("daily", NEXT),
            ("weekly", DAY),
        }
