"""When an item was published: every form of date that feeds have, and those that are none."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.feeds.dates import is_fresh, read_instant, settle

NOW = datetime(2025, 3, 24, 12, 0, tzinfo=UTC)
TEN = datetime(2025, 3, 24, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

AT_TEN = (
    "Mon, 24 Mar 2025 10:00:00 GMT", "Mon, 24 Mar 2025 10:00:00 +0000", "Mon, 24 Mar 2025 10:00 Z",
    "Fri, 24 Mar 2025 10:00:00 GMT", "Monday, 24 March 2025 10:00:00 UTC", "24 Mar 2025 10:00:00",
    "Mon, 24 Mar 25 10:00:00 GMT", "Mon,24 Mar 2025 10:00:00GMT", "24-Mar-2025 10:00:00",
    "Mon, 24 Mar 2025 05:00:00 EST", "Mon, 24 Mar 2025 03:00:00 -0700", "24 Mar 2025 12:00 MEST",
    "Mon, 24 Mar 2025 11:00:00 GMT+0100", "Mon, 24 Mar 2025 11:00:00 +01:00 (CET)",
    "Mon Mar 24 10:00:00 2025", "Mon Mar 24 10:00:00 UTC 2025", "March 24, 2025 10:00 AM",
    "Mar 24th, 2025, 10:00", "Mon, 24 Mar 2025 10:00:00 XYZ", "Mon, 24 Mar 2025 10:00:00.000 GMT",
    "2025-03-24T10:00:00Z", "2025-03-24T10:00:00.123456Z", "2025-03-24T10:00Z", "20250324T100000Z",
    "2025-03-24T11:00:00+01:00", "2025-03-24T11:00:00+0100", "2025-03-24 10:00:00",
    "2025-03-24T10Z", "2025-03-24 10:00:00 UTC", "2025-03-24t10:00:00z", "2025/03/24 10:00:00",
    " 2025-03-24T10:00:00Z ", "2025-03-24 05:00:00 EST", "1742810400", "1742810400000",
    "Lun, 24 mars 2025 10:00:00 GMT", "Mo, 24 März 2025 11:00:00 +0100",
    "lun, 24 marzo 2025 10:00:00 GMT", "24 de marzo de 2025 10:00",
    "2025-3-24 10:00", "2025/3/24 10:00:00", "2025.3.24 10:00", "2025/3/24, 10:00:00 am",
    "2025-3-24T10:00:00Z", "2025. 3. 24. 10:00", "2025年3月24日 10:00", "2025年3月24日10时00分00秒",
    "2025年03月24日（月）10時", "2025年3月24日 星期一 上午10:00", "2025년 3월 24일 오전 10시 0분",
    "２０２５年３月２４日 １０：００", "2025年3月24日 下午7:00 +0900",
    "Mon, 24 Mar 2025 06:00:00 America/New_York", "2025-03-24 06:00 america/new_york",
    "2025-03-24T11:00:00+01:00[Europe/Berlin]", "2025-03-24T11:00:00[Europe/Berlin]",
    "24 Mar 2025 11:00 (Europe/Berlin)", "24 Mar 2025 15:45:00 Asia/Kathmandu",
    "24 Mar 2025 07:00 America/Argentina/Buenos_Aires", "2025-03-24 05:00 Etc/GMT+5",
    "24 Mar 2025 18:00:00 Singapore", "24 Mar 2025 05:00 Eastern Standard Time",
    "24 Mar 2025 11:00 Central European Standard Time", "24 Mar 2025 10:00 Greenwich Mean Time",
)  # fmt: skip


@pytest.mark.parametrize("text", AT_TEN)
def test_every_form_of_one_instant_is_read_as_that_instant(text):
    found = read_instant(text)
    assert found is not None
    assert found.replace(microsecond=0) == TEN
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-03-24", datetime(2025, 3, 24, tzinfo=UTC)),
        ("2025-03", datetime(2025, 3, 1, tzinfo=UTC)),
        ("2025-10-9", datetime(2025, 10, 9, tzinfo=UTC)),
        ("2025/1/9", datetime(2025, 1, 9, tzinfo=UTC)),
        ("2025/10/9 2:33:00 PM", datetime(2025, 10, 9, 14, 33, tzinfo=UTC)),
        ("2025年10月9日", datetime(2025, 10, 9, tzinfo=UTC)),
        ("2025년 10월 9일 (목)", datetime(2025, 10, 9, tzinfo=UTC)),
        ("2025年10月9日 下午2:33", datetime(2025, 10, 9, 14, 33, tzinfo=UTC)),
        ("9 Jul 2025 08:00 America/New_York", datetime(2025, 7, 9, 12, tzinfo=UTC)),
        ("9 Jul 2025 08:00 Nowhere/Atlantis", datetime(2025, 7, 9, 8, tzinfo=UTC)),
        ("24 Mar 2025", datetime(2025, 3, 24, tzinfo=UTC)),
        ("24 Mar 2025 24:00:00 GMT", datetime(2025, 3, 25, tzinfo=UTC)),
        ("31 Dec 2016 23:59:60 GMT", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("24 Mar 2025 12:30 PM", datetime(2025, 3, 24, 12, 30, tzinfo=UTC)),
        ("24 Mar 2025 12:30 a.m.", datetime(2025, 3, 24, 0, 30, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", datetime(1970, 1, 1, tzinfo=UTC)),
        ("01 Jan 99 00:00 GMT", datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_odd_date_is_the_instant_it_means(text, instant):
    assert read_instant(text) == instant


NONE = (
    "2025年13月9日", "2025-10-99", "2025/10/9 25:00",
    "", "yesterday", "3/4/2025", "24 Foo 2025", "2025", "2025-13-01", "2025-02-30", "0000-00-00",
    "32 Mar 2025", "24 Mar 2025 25:00", "24 Mar 2025 10:77", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-12:00", "99999999999999999", "x" * 10_000,
)  # fmt: skip


@pytest.mark.parametrize("text", NONE)
def test_what_names_no_instant_or_two_is_none(text):
    assert read_instant(text) is None


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_date_raise(text):
    read_instant(text)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2048, 1, 1)),  # noqa: DTZ001
    st.integers(-12 * 60, 14 * 60),
)
def test_every_instant_is_read_back_from_both_standards(naive, offset):
    instant = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert read_instant(format_datetime(instant)) == instant
    assert read_instant(instant.isoformat()) == instant


@pytest.mark.parametrize(
    ("published", "updated", "settled"),
    [
        (TEN, None, TEN),
        (TEN, NOW - HOUR, TEN),
        (None, TEN, TEN),
        (None, None, None),
        (NOW + HOUR, None, NOW),
        (NOW + DAY, None, NOW),
        (NOW + 3 * DAY, None, None),
        (datetime(2099, 1, 1, tzinfo=UTC), TEN, TEN),
        (datetime(1970, 1, 1, tzinfo=UTC), None, None),
        (datetime(1, 1, 1, tzinfo=UTC), TEN, TEN),
        (datetime(1990, 1, 1, tzinfo=UTC), None, datetime(1990, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_counts_where_it_can_be_believed(published, updated, settled):
    assert settle(published, updated, NOW) == settled


@pytest.mark.parametrize(
    ("published", "seen", "now", "fresh"),
    [
        (NOW - HOUR, NOW, NOW, True),
        (NOW - DAY, NOW, NOW, True),
        (NOW - DAY - HOUR, NOW, NOW, False),
        (NOW - 300 * DAY, NOW, NOW, False),
        (None, NOW, NOW, False),
        (None, NOW - DAY, NOW, True),
        (NOW - 5 * DAY, NOW - 10 * DAY, NOW, True),
        (NOW - 300 * DAY, NOW - 10 * DAY, NOW, False),
    ],
)
def test_the_old_items_of_a_new_source_are_not_fresh(published, seen, now, fresh):
    assert is_fresh(published, first_seen_source=seen, now=now) is fresh


def test_how_far_back_a_new_source_reaches_is_a_setting():
    week = timedelta(days=7)
    assert is_fresh(NOW - 6 * DAY, first_seen_source=NOW, now=NOW, backlog=week)
