"""Quarantine: what a source may tell at once, and how long it may be silent."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.collect.feeds.quarantine import History, PastReport, is_silent, judge
from digest.model import Report

NOW = datetime(2025, 3, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(title="A title", published=NOW - HOUR):
    return Report(source="s", key=title, headline=title, bullets=(), published=published)


def reports(count, published=NOW - HOUR, name="New {}"):
    return [told(name.format(n), published) for n in range(count)]


def history(visits, fetched=NOW - HOUR):
    """A source that told `count` reports so many hours ago, for each pair."""
    return History(
        tuple(
            PastReport(NOW - hours * HOUR, f"story {hours} {n}")
            for hours, count in visits
            for n in range(count)
        ),
        fetched,
    )


def reason_of(past, new) -> str:
    blown = judge(past, new, NOW)
    assert blown is not None
    return blown.reason


# The first fetch brought 30, and each day since brought two.
STEADY = history([(24 * 14, 30), *((24 * day, 2) for day in range(13, 0, -1))])
OLD = NOW - 30 * DAY


@pytest.mark.parametrize(
    ("new", "blown"),
    [
        (reports(2), False),
        (reports(9, OLD), False),
        (reports(10, OLD), True),
        (reports(30, OLD), True),
        (reports(30, None), True),
        (reports(30), False),
        (reports(12) + reports(18, OLD, "Old {}"), True),
        (reports(18) + reports(12, OLD, "Old {}"), False),
        ([told(f"Story {24 * 14} {n}") for n in range(30)], True),
        ([told(f"STORY: {24 * 14}, {n}!") for n in range(30)], True),
        ([], False),
    ],
)
def test_a_burst_of_old_items_quarantines_the_source_and_a_day_of_news_does_not(new, blown):
    assert (judge(STEADY, new, NOW) is not None) == blown


def test_the_reason_is_a_sentence_with_its_figures():
    assert "30 reports at once, 30 of them old" in reason_of(STEADY, reports(30, OLD))
    again = [told(f"story {24 * 14} {n}") for n in range(30)]
    assert "30 of them told before under other names" in reason_of(STEADY, again)


def test_a_first_fetch_never_quarantines_the_source():
    assert judge(History(), reports(500, OLD), NOW) is None
    assert judge(History(), reports(50, name="Same"), NOW) is None


def test_a_source_that_always_tells_many_may_tell_many():
    busy = history([(24 * day, 20) for day in range(14, 0, -1)])
    assert judge(busy, reports(40, OLD), NOW) is None
    assert judge(busy, reports(60, OLD), NOW) is not None


def test_a_title_that_suddenly_repeats_quarantines_the_source():
    assert judge(STEADY, reports(4, name="Access denied"), NOW) is None
    reason = reason_of(STEADY, reports(5, name="Access denied"))
    assert "came 5 times within a day: 'access denied'" in reason


def test_a_title_that_repeats_from_fetch_to_fetch_quarantines_the_source():
    hourly = tuple(PastReport(NOW - n * HOUR, "access denied") for n in range(1, 5))
    assert judge(History(hourly, NOW - HOUR), reports(1, name="Access denied"), NOW) is not None


def test_a_title_that_is_the_sources_habit_does_not():
    habit = tuple(PastReport(NOW - n * DAY, "earthquake report") for n in (4, 3, 2))
    assert judge(History(habit, NOW - HOUR), reports(6, name="Earthquake report"), NOW) is None


WEEKDAYS = [24 * (7 * week + day) for week in range(4) for day in range(3, 8)]


@pytest.mark.parametrize(
    ("hours", "silent"),
    [
        ([2, 4, 6, 8, 10, 12, 14], False),
        ([23, 24, 25, 26, 27, 28, 29], False),
        ([25, 26, 27, 28, 29, 30, 31], True),
        ([72, 96, 120, 144, 168, 192, 216], False),
        ([97, 121, 145, 169, 193, 217, 241], True),
        (WEEKDAYS, False),
        ([hours + 48 for hours in WEEKDAYS], True),
        ([24 * 7 * week for week in range(3, 10)], False),
        ([24 * 7 * week for week in range(5, 12)], True),
        ([1000, 1001, 1002, 1003], False),
        ([], False),
    ],
)
def test_silence_is_what_is_longer_than_usual(hours, silent):
    found = is_silent(history([(hour, 1) for hour in hours]), NOW)
    assert (found is not None) == silent


def test_a_silence_is_told_with_its_length():
    hours = [24 * day for day in range(10, 20)]
    assert is_silent(history([(hour, 3) for hour in hours]), NOW) == (
        "nothing new for 10 days; it usually takes 24 hours"
    )
