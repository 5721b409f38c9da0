"""When a story is told between issues, and to whom."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.compose.alerts import AlertWishes, NotAlerted, is_alert, why_not_told
from tests.builders import NOON, TREE, story

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


def why_not(now=NOON, **wishes):
    own = AlertWishes(
        **{"topics": frozenset(), "keywords": (), "zone": BERLIN, **wishes}, hours=WAKING
    )
    comet = story(1, headline="A comet breaks up", topic="space", dropped=None)
    return why_not_told(comet, TREE, own, now)


def test_nobody_is_woken_told_while_away_or_told_twice_a_day():
    ten_in_the_evening = datetime(2026, 11, 21, 21, 0, tzinfo=NOON.tzinfo)
    eight_in_the_morning = datetime(2026, 11, 21, 7, 0, tzinfo=NOON.tzinfo)
    assert why_not() is None
    assert why_not(zone=AUCKLAND) is NotAlerted.OUTSIDE_HOURS  # one in the morning there
    assert why_not(now=ten_in_the_evening) is NotAlerted.OUTSIDE_HOURS
    assert why_not(now=eight_in_the_morning) is None
    assert why_not(paused_until=date(2026, 11, 22)) is NotAlerted.PAUSED
    assert why_not(paused_until=date(2026, 11, 21)) is None
    assert why_not(alerted_at=NOON - timedelta(hours=3)) is NotAlerted.HAD_ONE
    assert why_not(alerted_at=NOON - timedelta(hours=14)) is None  # yesterday, on their clock


def test_nobody_is_told_what_is_off_their_topics_or_has_their_words():
    assert why_not(topics=frozenset({"medicine"})) is NotAlerted.OFF_TOPIC
    assert why_not(topics=frozenset({"space", "medicine"})) is None
    assert why_not(keywords=("comet",)) is NotAlerted.KEYWORDS
    assert why_not(keywords=("+football",)) is NotAlerted.KEYWORDS
    assert why_not(keywords=("football",)) is None
