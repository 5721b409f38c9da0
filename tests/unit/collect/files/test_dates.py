"""Dates as people write them: the usual forms are read, and what could mean two days is none."""

import calendar
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.files.dates import is_date_line, read_date

MONTHS, WEEKDAYS = calendar.month_name[1:], tuple(calendar.day_name)


def ordinal(day):
    if 10 <= day <= 20:
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def forms(day):
    """Every way of writing a day that is promised to be read."""
    month, weekday = MONTHS[day.month - 1], WEEKDAYS[day.weekday()]
    short = {"June": "June", "July": "July", "September": "Sept"}.get(month, month[:3])
    year = f"{day.year:04}"
    return (
        day.isoformat(),
        f"{year}/{day.month}/{day.day}",
        f"{day.isoformat()}T09:30:00Z",
        f"{day.isoformat()}t09:30:00+02:00",
        f"{day.isoformat()} 09:30",
        f"{month} {day.day}, {year}",
        f"{month} {day.day},{year}",
        f"{month} {ordinal(day.day)} {year}",
        f"{month.upper()} {day.day:02}, {year}",
        f"{short}. {day.day}, {year}",
        f"{short[:3]} {day.day} {year}",
        f"{day.day} {month} {year}",
        f"{day.day} {month}, {year}",
        f"{ordinal(day.day)} of {month} {year}",
        f"{day.day:02} {short[:3].lower()} {year}",
        f"{day.day}-{short[:3]}-{year}",
        f"{weekday}, {month} {day.day}, {year}",
        f"{weekday} {day.day} {month} {year}",
        f"{weekday[:3]}., {short} {day.day}, {year}",
        f"{month} {day.day}, {year} at 10:30 AM EDT",
        f"{month} {day.day}, {year}, 5 p.m. ET",
        f"Published: {month} {day.day}, {year}",
        f"Updated on {day.day} {month} {year}, 17:05",
        f"  {month}\u00a0{day.day},\t{year} ",
    )


@given(st.dates())
@settings(deadline=None)
def test_every_form_of_every_day_is_read_as_that_day(day):
    for line in forms(day):
        assert read_date(line) == day, line
        assert is_date_line(line), line


@pytest.mark.parametrize("line", ["3/4/2025", "03-04-2025", "24.03.2025", "24.3.25", "25/3/4"])
def test_a_date_in_numbers_that_could_mean_two_days_is_none_but_known_to_be_meant_as_one(line):
    assert read_date(line) is None
    assert is_date_line(line)


@pytest.mark.parametrize(
    "line", ["2025-02-30", "February 30, 2025", "31 April 2025", "2025-13-01", "0000-01-01"]
)
def test_a_day_that_no_calendar_has_is_none(line):
    assert read_date(line) is None
    assert is_date_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2025",
        "20250324",
        "March 2025",
        "March 24",
        "Apollo 11, 1969",
        "Ward 7, 1944",
        "Version 1.2.3 is out",
        "On March 24, 2025 a man walked",
        "March 24, 2025 was a Monday",
        "24 March 2025 or so",
        "12 March 202510:30",
        "May the 4th be with you",
    ],
)
def test_a_line_that_is_more_or_less_than_a_date_is_no_date(line):
    assert read_date(line) is None
    assert not is_date_line(line)


def test_a_time_must_be_apart_from_the_day():
    assert read_date("2025-03-12:30") is None


def test_letters_and_digits_that_only_look_like_ours_do_no_harm():
    assert read_date("ſeptember 4, 2025") == date(2025, 9, 4)
    assert read_date("٤ March ٢٠٢٥") == date(2025, 3, 4)


@given(st.text())
@settings(deadline=None)
def test_no_line_makes_it_fail(line):
    read_date(line)
    is_date_line(line)
