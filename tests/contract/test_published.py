"""What is public: sealed issues of the newsletters that there are, and their stories."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from digest.store import corrections, issues, published
from digest.store.schema import stories
from tests.builders import DAY, NOON, issue
from tests.contract.givens import add_story

LETTERS = ("daily", "weekly")
YESTERDAY = DAY - timedelta(days=1)


def seal(connection, *told, **changes):
    whole = issue(*told, **changes)
    at = NOON + timedelta(days=(whole.date - DAY).days)
    issue_id = issues.seal(connection, whole, at)
    assert issue_id is not None
    return whole


def numbers(found):
    return [one.story.id for one in found]


def test_a_story_is_public_once_an_issue_with_it_is_sealed(database):
    with database.write() as connection:
        told, drafted, waiting = (add_story(connection, name) for name in "abc")
        issues.save_draft(connection, issue(drafted, date=YESTERDAY), NOON)
        assert published.story(connection, told.id, LETTERS) is None
        seal(connection, told)
        found = published.story(connection, told.id, LETTERS)
        assert found is not None
        assert found.story == told
        assert [(one.newsletter, one.date, one.sealed_at) for one in found.issues] == [
            ("daily", DAY, NOON)
        ]
        for hidden in (drafted, waiting):
            assert published.story(connection, hidden.id, LETTERS) is None
        assert numbers(published.of_topics(connection, ["space"], LETTERS, limit=9)) == [told.id]
        assert [one.id for one in published.newest(connection, LETTERS, 9)] == [told.id]
        assert published.last_story(connection, LETTERS) == told.id
        assert [line.date for line in published.issue_lines(connection, "daily", limit=9)] == [DAY]


def test_a_newsletter_that_is_there_no_more_tells_nothing(database):
    with database.write() as connection:
        told, both = add_story(connection, "a"), add_story(connection, "b")
        seal(connection, told, both, newsletter="gone", date=YESTERDAY)
        seal(connection, both)
        assert published.story(connection, told.id, LETTERS) is None
        found = published.story(connection, both.id, LETTERS)
        assert found is not None
        assert [one.newsletter for one in found.issues] == ["daily"]
        assert published.of_event(connection, told.id, LETTERS) == []
        (of_event,) = published.of_event(connection, both.id, LETTERS)
        assert of_event.issues == found.issues
        assert numbers(published.of_topics(connection, ["space"], LETTERS, limit=9)) == [both.id]
        assert published.issue_years(connection, ("nobody",)) == range(0)


def test_of_an_event_it_is_told_which_stories_were_corrected(database):
    with database.write() as connection:
        first, update = add_story(connection, "a"), add_story(connection, "b")
        connection.execute(
            sa.update(stories).where(stories.c.id == update.id).values(event_id=first.id)
        )
        seal(connection, first, update)
        corrections.add(connection, update, replace(update, headline="B"), "", "ada", NOON)
        told = published.of_event(connection, first.id, LETTERS)
        assert [(one.story.id, one.is_corrected) for one in told] == [
            (first.id, False),
            (update.id, True),
        ]


def test_the_issues_of_a_story_are_told_oldest_first(database):
    with database.write() as connection:
        told = add_story(connection)
        seal(connection, told)
        seal(connection, told, newsletter="weekly", date=YESTERDAY)
        found = published.story(connection, told.id, LETTERS)
        assert found is not None
        assert [one.newsletter for one in found.issues] == ["weekly", "daily"]


def test_stories_of_topics_come_newest_first_and_in_pages(database):
    with database.write() as connection:
        told = [
            add_story(connection, str(n), topic="space" if n % 2 else "medicine") for n in range(6)
        ]
        seal(connection, *told)
        space = [one.id for one in reversed(told) if one.topic == "space"]
        first = published.of_topics(connection, ["space"], LETTERS, limit=2)
        rest = published.of_topics(connection, ["space"], LETTERS, limit=2, offset=2)
        assert numbers(first) + numbers(rest) == space
        both = published.of_topics(connection, ["space", "medicine"], LETTERS, limit=9)
        assert numbers(both) == [one.id for one in reversed(told)]
        assert published.of_topics(connection, [], LETTERS, limit=9) == []


def test_the_stories_of_an_event_are_told_in_their_order(database):
    with database.write() as connection:
        first = add_story(connection, "a")
        update = add_story(connection, "b", event_id=first.id, update_since=DAY)
        other = add_story(connection, "c")
        seal(connection, first, update, other)
        assert numbers(published.of_event(connection, first.id, LETTERS)) == [first.id, update.id]
        assert [one.event for one in published.newest(connection, LETTERS, 9)] == [
            other.id,
            first.id,
            first.id,
        ]


def test_stories_are_given_in_the_order_in_which_they_are_named(database):
    with database.write() as connection:
        told = [add_story(connection, name) for name in "abc"]
        seal(connection, *told)
        wanted = [told[1].id, told[2].id, 999, told[0].id]
        assert numbers(published.of_numbers(connection, wanted, LETTERS)) == [
            one for one in wanted if one != 999
        ]
        assert published.of_numbers(connection, [], LETTERS) == []


def test_a_line_of_an_issue_says_what_it_is_about(database):
    with database.write() as connection:
        told, named = add_story(connection, "a"), add_story(connection, "b")
        whole = seal(connection, told, more=(named,), preheader='"Quoted" ümlaut')
        (line,) = published.issue_lines(connection, "daily", limit=9)
    assert (line.newsletter, line.date, line.stories) == ("daily", DAY, 2)
    assert (line.subject, line.preheader) == (whole.subject, '"Quoted" ümlaut')
    assert line.sealed_at == NOON


def test_the_neighbours_of_an_issue_are_the_sealed_ones_beside_it(database):
    days = [DAY + timedelta(days=n) for n in (-9, -3, 0, 2)]
    with database.write() as connection:
        for day in days:
            seal(connection, add_story(connection, str(day)), date=day)
        draft = issue(add_story(connection, "draft"), date=DAY + timedelta(days=1))
        issues.save_draft(connection, draft, NOON)
        assert published.neighbours(connection, "daily", DAY) == (days[1], days[3])
        assert published.neighbours(connection, "daily", days[0]) == (None, days[1])
        assert published.neighbours(connection, "daily", days[3]) == (days[2], None)


def test_the_map_knows_years_and_ranges_of_numbers(database):
    with database.write() as connection:
        told = [add_story(connection, str(n)) for n in range(3)]
        seal(connection, told[0], date=DAY.replace(year=2024))
        seal(connection, *told[1:])
        assert published.issue_years(connection, LETTERS) == range(2024, 2027)
        rows = published.issues_of_year(connection, LETTERS, 2024)
        assert [(row[0], row[1].year) for row in rows] == [("daily", 2024)]
        places = published.stories_between(connection, LETTERS, told[0].id, told[2].id)
        assert [place[:2] for place in places] == [(one.id, one.headline) for one in told[:2]]
