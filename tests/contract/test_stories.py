"""Reports and stories: kept once, updated in place, and new until an issue takes them."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from digest.model import Image, Origin, SourceRef
from digest.store import issues, reports, stories
from digest.store.schema import reports as report_table
from digest.store.schema import stories as story_table
from tests.builders import DAY, NOON, issue, keep, mend, report, story
from tests.contract.givens import add_story

UTC_ZONE = ZoneInfo("UTC")
LATER = NOON + timedelta(hours=3)


def full_report(**changes):
    return report(
        dated=date(2026, 11, 20),
        topic="Space",
        image=Image("https://example.org/a.png", "A picture"),
        sources=(SourceRef("Example Times", "https://example.org/a"), SourceRef("Elsewhere")),
        source_count=7,
        dropped=DAY,
        **changes,
    )


def full_story(**changes):
    return story(
        0,
        dated=date(2026, 11, 20),
        image=Image("https://example.org/a.png", "A picture"),
        sources=(SourceRef("Example Times", "https://example.org/a"), SourceRef("Elsewhere")),
        source_count=7,
        topic_reason="said so",
        origins=(Origin("seeds", "a.txt", 1, 1), None),
        bullets_reason="chosen by rules",
        machine_written=True,
        **changes,
    )


def test_a_report_and_its_story_come_back_as_they_were(database):
    with database.write() as connection:
        number = keep(connection, full_report(), full_story(), "raw")
    with database.read() as connection:
        assert reports.find(connection, "seeds", "a.txt") == (full_report(), number, "raw")
        assert stories.get(connection, number) == replace(full_story(), id=number)


def test_what_is_not_there_is_not_found(database):
    with database.read() as connection:
        assert reports.find(connection, "seeds", "a.txt") is None
        assert reports.find_same_text(connection, report()) is None
        assert stories.story_of_key(connection, "a.txt") is None
        assert stories.get(connection, 1) is None
        assert stories.count(connection) == 0
        assert reports.known_files(connection, "seeds") == {}
        assert list(stories.unsealed(connection, "daily", DAY, UTC_ZONE)) == []


def test_a_key_belongs_to_its_source(database):
    with database.write() as connection:
        one = keep(connection, report(source="one"), story(0), "raw 1")
        two = keep(connection, report(source="two", headline="Other"), story(0), "raw 2")
        assert reports.find(connection, "one", "a.txt") == (
            report(source="one"),
            one,
            "raw 1",
        )
        assert one != two
        assert reports.known_files(connection, "one") == {"a.txt": "raw 1"}
        assert reports.known_files(connection, "two") == {"a.txt": "raw 2"}


def test_a_key_is_kept_once(database):
    with database.write() as connection:
        keep(connection, report(), story(0), "raw")
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        keep(connection, report(headline="Other"), story(0), "raw")
    with database.read() as connection:
        assert stories.count(connection) == 1


def test_an_update_changes_all_but_when_it_was_collected(database):
    changed = full_report(headline="Changed")
    with database.write() as connection:
        number = keep(connection, report(), story(0), "raw 1")
        told = full_story(headline="Changed", collected_at=LATER)
        mend(connection, changed, replace(told, id=number), "raw 2", LATER)
    with database.read() as connection:
        assert reports.find(connection, "seeds", "a.txt") == (changed, number, "raw 2")
        expected = replace(full_story(headline="Changed", collected_at=NOON), id=number)
        assert stories.get(connection, number) == expected
        for table in (story_table, report_table):
            times = sa.select(table.c.collected_at, table.c.updated_at)
            assert tuple(connection.execute(times).one()) == (NOON, LATER)
        assert reports.find_same_text(connection, changed) == "a.txt"
        assert reports.find_same_text(connection, report()) is None


def test_an_update_leaves_other_stories_alone(database):
    with database.write() as connection:
        other = add_story(connection, "other")
        number = keep(connection, report(), story(0), "raw")
        told = replace(story(0, headline="Changed"), id=number)
        mend(connection, report(headline="Changed"), told, "raw 2", LATER)
        assert stories.get(connection, other.id) == other
        assert reports.find(connection, "seeds", "other.txt") is not None


def test_a_retired_key_is_free_for_another_story_as_often_as_need_be(database):
    with database.write() as connection:
        numbers = []
        for text in ("First", "Second", "Third"):
            reports.retire_key(connection, "seeds", "a.txt")
            found = report(headline=text)
            numbers.append(keep(connection, found, story(0, headline=text), text))
        assert len(set(numbers)) == 3
        assert reports.find(connection, "seeds", "a.txt") == (
            report(headline="Third"),
            numbers[-1],
            "Third",
        )
        assert stories.story_of_key(connection, "a.txt") == numbers[-1]
        assert stories.count(connection) == 3
        old = reports.find_same_text(connection, report(headline="First"))
        assert old not in (None, "a.txt")


def test_only_the_key_of_that_source_is_retired(database):
    with database.write() as connection:
        keep(connection, report(source="one"), story(0), "raw")
        keep(connection, report(source="two"), story(0), "raw")
        reports.retire_key(connection, "one", "a.txt")
        assert reports.find(connection, "one", "a.txt") is None
        assert reports.find(connection, "two", "a.txt") is not None


def test_the_same_text_is_found_under_another_name_source_and_day(database):
    elsewhere = full_report(source="other", key="b/c.txt")
    with database.write() as connection:
        keep(connection, full_report(), full_story(), "raw")
        assert reports.find_same_text(connection, elsewhere) == "a.txt"
        assert reports.find_same_text(connection, full_report(headline="Other")) is None


# which are new


def unsealed(connection, newsletter="daily", since=DAY, zone=UTC_ZONE):
    return [told.id for told in stories.unsealed(connection, newsletter, since, zone)]


def test_a_sealed_story_is_new_no_more_for_its_newsletter_alone(database):
    with database.write() as connection:
        lead, rest, more, new = (add_story(connection, name) for name in "abcd")
        assert unsealed(connection) == [lead.id, rest.id, more.id, new.id]
        issues.seal(connection, issue(lead, rest, more=(more,)), NOON)
        assert list(stories.unsealed(connection, "daily", DAY, UTC_ZONE)) == [new]
        assert unsealed(connection, "weekly") == [lead.id, rest.id, more.id, new.id]


def test_a_draft_leaves_its_stories_new(database):
    with database.write() as connection:
        told = add_story(connection)
        issues.save_draft(connection, issue(told), NOON)
        assert unsealed(connection) == [told.id]


def test_old_stories_are_left_out_by_the_day_of_their_folder(database):
    with database.write() as connection:
        add_story(connection, "a", dropped=DAY - timedelta(days=1))
        today = add_story(connection, "b", dropped=DAY)
        ahead = add_story(connection, "c", dropped=DAY + timedelta(days=1))
        assert unsealed(connection) == [today.id, ahead.id]


def test_without_a_dated_folder_the_day_of_collecting_counts_generously(database):
    with database.write() as connection:
        long_ago = NOON - timedelta(days=9)
        add_story(connection, "a", dropped=None, collected_at=long_ago)
        evening = add_story(connection, "b", dropped=None, collected_at=NOON - timedelta(hours=13))
        today = add_story(connection, "c", dropped=None, collected_at=NOON)
        assert unsealed(connection) == [evening.id, today.id]


@pytest.mark.parametrize("machine", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_is_the_newsletters_wherever_the_machine_is(database, monkeypatch, machine):
    zone = ZoneInfo("Asia/Tokyo")
    begin = datetime(DAY.year, DAY.month, DAY.day, tzinfo=zone) - timedelta(days=2)
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        with database.write() as connection:
            before = begin - timedelta(seconds=1)
            add_story(connection, "a", dropped=None, collected_at=before.astimezone(UTC))
            first = add_story(connection, "b", dropped=None, collected_at=begin.astimezone(UTC))
            assert unsealed(connection, zone=zone) == [first.id]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_story_that_an_admin_dropped_is_in_no_issue_until_it_is_restored(database):
    with database.write() as connection:
        gone, stays = add_story(connection, "a"), add_story(connection, "b")
        assert stories.set_withdrawn(connection, gone.id, NOON)
        assert not stories.set_withdrawn(connection, gone.id, LATER), "it was already"
        assert stories.withdrawn_at(connection, gone.id) == NOON
        assert stories.withdrawn_at(connection, stays.id) is None
        assert unsealed(connection) == unsealed(connection, "weekly") == [stays.id]
        assert stories.set_withdrawn(connection, gone.id, None)
        assert not stories.set_withdrawn(connection, gone.id, None)
        assert unsealed(connection) == [gone.id, stays.id]


def test_a_story_stays_dropped_whatever_its_file_says(database):
    with database.write() as connection:
        number = keep(connection, report(), story(0), "raw 1")
        stories.set_withdrawn(connection, number, NOON)
        told = replace(story(0, headline="Changed"), id=number)
        mend(connection, report(headline="Changed"), told, "raw 2", LATER)
        assert unsealed(connection) == []


def test_the_first_sealed_issue_of_a_story_is_named(database):
    with database.write() as connection:
        told, new = add_story(connection, "a"), add_story(connection, "b")
        issues.save_draft(connection, issue(new, date=DAY + timedelta(days=1)), NOON)
        for letter in ("weekly", "daily"):
            issues.seal(connection, issue(told, newsletter=letter), NOON)
        assert stories.sealed_in(connection, told.id) == f"daily-{DAY}"
        assert stories.sealed_in(connection, new.id) is None


# by the name of the file


def test_a_story_is_found_by_the_end_of_its_path(database):
    with database.write() as connection:
        number = keep(connection, report(key="2026-11-21/space/a.txt"), story(0), "raw")
        for key in ("2026-11-21/space/a.txt", "space/a.txt", "a.txt"):
            assert stories.story_of_key(connection, key) == number
        for key in (".txt", "e/a.txt", "A.TXT", "/x/2026-11-21/space/a.txt", "2026-11-21", "a_txt"):
            assert stories.story_of_key(connection, key) is None


@pytest.mark.parametrize("name", ["100%.txt", "a_b.txt", "a\\b.txt", "é 🚀.txt", "it's.txt"])
def test_a_name_is_taken_letter_by_letter(database, name):
    with database.write() as connection:
        number = keep(connection, report(key=f"day/{name}"), story(0), "raw")
        add_story(connection, "100 per cent")
        add_story(connection, "aXb")
        assert stories.story_of_key(connection, name) == number


def test_of_two_files_of_a_name_the_newest_is_meant(database):
    with database.write() as connection:
        keep(connection, report(key="1/a.txt"), story(0), "raw 1")
        newest = keep(connection, report(key="2/a.txt", headline="B"), story(0), "raw 2")
        assert stories.story_of_key(connection, "a.txt") == newest
