"""How far a run has come, in the words of its bar and of `digest status`."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress as Bar

from digest.cli.bars import Figures
from digest.cli.progress import progress_line
from digest.services.delivery.report import Progress


@pytest.mark.parametrize(
    ("done", "total", "rate", "line"),
    [
        (0, 1, 0.0, "0 of 1 message"),
        (12_345, 100_000, 2134.4, "12,345 of 100,000 messages, 2,134 a second, 0:00:42 left"),
        (3, 60, 0.25, "3 of 60 messages, 0.2 a second, 0:03:48 left"),
        (60, 60, 9.99, "60 of 60 messages, 10.0 a second, 0:00:00 left"),
    ],
)
def test_what_nobody_can_say_yet_is_left_out(done, total, rate, line):
    assert progress_line(Progress("daily-2026-11-21", done, total, rate)) == line


def test_the_bar_counts_from_its_beginning():
    now = [0.0]
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with Bar(Figures(), console=console, get_time=lambda: now[0], auto_refresh=False) as bar:
        task = bar.add_task("daily", total=100)
        now[0] = 2.0
        bar.update(task, completed=40)
        bar.refresh()
    assert "40 of 100 messages, 20 a second, 0:00:03 left" in out.getvalue()
