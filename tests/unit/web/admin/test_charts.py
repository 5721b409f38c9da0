"""Charts: whatever the figures are, a picture with a name that no markup is lost in."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.services.overview.figures import subscribers_by_day
from digest.web.admin.charts import bar_chart, line_chart, rank_chart

DAYS = [date(2026, 11, 1) + timedelta(days=number) for number in range(20)]
COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


@given(COUNTS)
def test_a_line_stays_within_its_picture(values):
    svg = ET.fromstring(line_chart("Subscribers", DAYS[: len(values)], values))
    points = next(part.get("points") for part in svg if part.get("class") == "line")
    assert points is not None
    for point in points.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 720
        assert 0 <= y <= 220


@given(COUNTS)
def test_bars_stand_on_each_other(values):
    svg = ET.fromstring(bar_chart("Mails", DAYS[: len(values)], values, values[::-1]))
    for bar in svg.iter("rect"):
        assert float(bar.get("height", "0")) > 0
        assert float(bar.get("y", "-1")) >= 0


def test_names_are_text_and_nothing_needs_a_style():
    chart = rank_chart('"Bounces" <b>', [("<script>alert(1)</script>", 3), ("a" * 80, 0)])
    svg = ET.fromstring(chart)
    assert "<script" not in chart
    assert svg.get("aria-label") == '"Bounces" <b>'
    assert not re.search(r"\sstyle=", chart)


@pytest.mark.parametrize("now", [0, 5])
def test_subscribers_of_past_days_are_counted_back(now):
    today = date(2026, 11, 21)
    days = subscribers_by_day(today, now, {today: (2, 0), today - timedelta(days=1): (0, 3)})
    assert [day.subscribers for day in days[-3:]] == [max(0, now - 2) + 3, max(0, now - 2), now]
    assert len(days) == 90
