"""The demo on its own day, and whether somebody sits before a screen to see it."""

from datetime import date, timedelta

import pytest

from digest.cli.demo import has_screen
from digest.demo import lay_sample_stories
from digest.package_files import bundled


@pytest.mark.parametrize("today", [date(2026, 11, 30), date(2028, 3, 1), date(2026, 11, 21)])
def test_the_sample_stories_end_on_the_day_after_the_demo(tmp_path, today):
    lay_sample_stories(tmp_path, today)
    days = sorted(date.fromisoformat(folder.name) for folder in tmp_path.iterdir())
    samples = sorted(path for path in bundled("seeds").iterdir() if path.is_dir())
    assert days[-1] == today + timedelta(days=1)
    assert (days[-1] - days[0]).days == len(days) - 1 == len(samples) - 1
    names = [{file.name for file in folder.iterdir()} for folder in sorted(tmp_path.iterdir())]
    assert names == [{file.name for file in folder.iterdir()} for folder in samples]


@pytest.mark.parametrize("kept_from", ["CI", "SSH_CONNECTION", "SSH_TTY"])
def test_no_browser_is_opened_over_ssh_or_where_a_machine_tests(kept_from):
    desktop = {"DISPLAY": ":0"}
    assert has_screen(desktop)
    assert not has_screen({**desktop, kept_from: "1"})
