"""What is due, in every zone on every day (promise 8): clock changes are where mail is lost."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest

from digest.clock import instant_of, local_date
from digest.compose.due_issues import (
    GRACE,
    ChangedHours,
    cut_off_time,
    draft_time,
    due_drafts,
    due_issues,
    due_until,
    issue_time,
    next_issue_time,
)
from tests.builders import newsletter
from tests.sampling import SEED, WHOLE, sample
from tests.zones import BEGIN, END, ZONES, kinds_of_zones, some_hours

HOURS = (time(0, 0), time(2, 30), time(6, 0), time(23, 30))
ODD_ZONES = (
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Santiago",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Antarctica/Troll",
)
NO_HOURS: ChangedHours = {}
WALKS = list(product(ODD_ZONES, HOURS))


def walk(letter, start, end, *, step, done=None, hours=NO_HOURS):
    """Run a clock and return the dates for which an issue was made, in order."""
    done = set() if done is None else done
    made = []
    now = start
    while now < end:
        for due in due_issues([letter], done, hours, now):
            done.add((letter.id, due.date))
            made.append(due.date)
        now += step
    return made


@pytest.mark.parametrize("zone", ZONES if WHOLE else sample(kinds_of_zones(), 16))
def test_every_local_date_of_two_years_has_exactly_one_issue(zone):
    for hour in (time(2, 30), time(23, 30)):
        letter = newsletter(timezone=zone, time=hour)
        first, last = local_date(BEGIN, letter.zone), local_date(END, letter.zone)
        days = [first + timedelta(days=n) for n in range(2, (last - first).days - 1)]
        for day in days:
            instant = issue_time(letter, day, None)
            assert instant is not None, "a date of these years exists in every zone"
            assert local_date(instant, letter.zone) == day
            before = {(letter.id, day - timedelta(days=1))}
            # Not a second before its time; at its time, for its own date alone.
            assert due_issues([letter], before, NO_HOURS, instant - timedelta(seconds=1)) == []
            assert [d.date for d in due_issues([letter], before, NO_HOURS, instant)] == [day]


@pytest.mark.parametrize("zone", sample(kinds_of_zones(), 6))
def test_a_date_with_another_hour_is_due_at_that_and_all_that_goes_by_it_moves_along(zone):
    letter = newsletter(timezone=zone, draft_lead=90, cut_off=20)
    hours = some_hours(letter, Random(SEED))
    for (_, day), hour in hours.items():
        instant = instant_of(day, hour, letter.zone)
        assert instant is not None
        assert issue_time(letter, day, hour) == instant
        assert local_date(instant, letter.zone) == day
        before = {(letter.id, day - timedelta(days=1))}
        assert due_issues([letter], before, hours, instant - timedelta(seconds=1)) == []
        assert [d.date for d in due_issues([letter], before, hours, instant)] == [day]
        assert due_until(letter, day, hour) - instant >= GRACE
        lead = instant - timedelta(minutes=90)
        assert draft_time(letter, day, hour) == lead
        assert cut_off_time(letter, day, hour) == instant - timedelta(minutes=20)
        assert (letter, day) in due_drafts([letter], hours, lead)
        assert (letter, day) not in due_drafts([letter], hours, lead - timedelta(seconds=1))
        assert (letter, day) not in due_drafts([letter], hours, instant)
        assert next_issue_time(letter, hours, instant - timedelta(seconds=1)) == instant


@pytest.mark.parametrize("changed", [False, True], ids=["at one hour", "at changed hours"])
@pytest.mark.parametrize(("zone", "hour"), sample(WALKS, 3))
def test_a_clock_walked_through_two_years_makes_each_issue_once(zone, hour, changed):
    letter = newsletter(timezone=zone, time=hour)
    hours = some_hours(letter, Random(SEED)) if changed else NO_HOURS
    made = walk(letter, BEGIN, END, step=timedelta(minutes=47), hours=hours)
    assert Counter(made).most_common(1)[0][1] == 1
    whole = [d for d in made if date(2026, 1, 2) <= d <= date(2027, 12, 30)]
    assert len(whole) == (date(2027, 12, 30) - date(2026, 1, 2)).days + 1
    assert made == sorted(made)


def test_a_restart_in_the_middle_of_the_day_neither_loses_nor_doubles():
    letter = newsletter(timezone="Europe/Paris", time=time(6, 0))
    done: set[tuple[str, date]] = set()
    start = datetime(2026, 3, 28, tzinfo=UTC)
    first = walk(letter, start, start + timedelta(hours=30), step=timedelta(minutes=1), done=done)
    again = walk(
        letter,
        start + timedelta(hours=30),
        start + timedelta(days=3),
        step=timedelta(minutes=1),
        done=done,
    )
    assert first + again == [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30)]


def test_a_late_start_sends_what_is_due_today_and_not_last_weeks():
    letter = newsletter(time=time(6, 0))
    now = datetime(2026, 11, 21, 22, 15, tzinfo=UTC)
    assert [d.date for d in due_issues([letter], set(), NO_HOURS, now)] == [date(2026, 11, 21)]


def test_a_start_shortly_after_midnight_still_sends_the_late_issue_of_yesterday():
    letter = newsletter(time=time(23, 50))
    midnight = datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
    assert [d.date for d in due_issues([letter], set(), NO_HOURS, midnight)] == [date(2026, 11, 21)]
    after = datetime(2026, 11, 21, 23, 50, tzinfo=UTC) + GRACE
    assert due_issues([letter], set(), NO_HOURS, after) == []


@pytest.mark.parametrize("zone", ["UTC", "Africa/Cairo", "America/Nuuk", "Pacific/Apia"])
@pytest.mark.parametrize("at", [time(6, 0), time(23, 50)])
def test_an_issue_is_due_until_its_day_is_over_and_not_a_moment_longer(zone, at):
    letter = newsletter(timezone=zone, time=at)
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(days=number)
        over = due_until(letter, day, None)
        last, end = over - timedelta(seconds=1), {(letter.id, day + timedelta(days=1))}
        assert day in [due.date for due in due_issues([letter], end, NO_HOURS, last)]
        assert day not in [due.date for due in due_issues([letter], end, NO_HOURS, over)]


def test_a_date_that_a_zone_skipped_ends_the_one_before_it():
    apia = newsletter(timezone="Pacific/Apia")
    assert due_until(apia, date(2011, 12, 29), None) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_day_without_an_issue_is_over_at_its_end():
    monday = newsletter(days=("mon",))
    assert due_until(monday, date(2026, 11, 22), None) == datetime(2026, 11, 23, tzinfo=UTC)


def test_days_without_an_issue_are_left_out():
    letter = newsletter(days=("mon",))
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert due_issues([letter], set(), NO_HOURS, sunday) == []
    assert next_issue_time(letter, NO_HOURS, sunday) == datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Paris", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (
            "Europe/Paris",
            date(2026, 10, 25),
            time(2, 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), datetime(2026, 4, 23, 22, 0, tzinfo=UTC)),
        ("America/Nuuk", date(2026, 3, 28), time(23, 30), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), time(6, 0), None),
    ],
)
def test_an_hour_that_a_clock_change_skips_or_repeats(zone, day, at, expected):
    assert instant_of(day, at, ZoneInfo(zone)) == expected
