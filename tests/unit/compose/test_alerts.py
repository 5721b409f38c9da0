"""When a story is told between issues, and to whom."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.compose.alerts import is_alert, may_be_told
from tests.builders import NOON

BERLIN, AUCKLAND = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")
WAKING = range(8, 22)


def at(*minutes):
    return [NOON + timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize(
    ("times", "needed", "expected"),
    [
        (at(-50, -20, 0), 3, True),
        (at(0, -50, -20), 3, True),  # in whatever order
        (at(-61, -20, 0), 3, False),  # not within an hour
        (at(-300, -50, -20, 0), 3, True),  # somebody was early
        (at(-20, 0), 3, False),
        (at(-180, -160, -130), 3, False),  # too long ago
        (at(-50, -20, 0), 0, False),  # off
        ([], 1, False),
    ],
)
def test_enough_sources_within_an_hour_and_just_now_make_an_alert(times, needed, expected):
    assert is_alert(times, needed, NOON) is expected


def told(now=NOON, zone=BERLIN, paused_until=None, alerted_at=None):
    return may_be_told(now, zone, WAKING, paused_until, alerted_at)


def test_nobody_is_woken_told_while_away_or_told_twice_a_day():
    assert told()
    assert not told(zone=AUCKLAND)  # one in the morning there
    assert not told(now=datetime(2026, 11, 21, 21, 0, tzinfo=NOON.tzinfo))  # ten in the evening
    assert told(now=datetime(2026, 11, 21, 7, 0, tzinfo=NOON.tzinfo))  # eight in the morning
    assert not told(paused_until=date(2026, 11, 22))
    assert told(paused_until=date(2026, 11, 21))
    assert not told(alerted_at=NOON - timedelta(hours=3))
    assert told(alerted_at=NOON - timedelta(hours=14))  # yesterday, on their clock
