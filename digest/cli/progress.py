"""How far a command has come, on standard error: a bar on a terminal, lines elsewhere."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from digest.cli.output import note, plural
from digest.pipeline import Pipeline
from digest.services.delivery.report import Progress

LINE_EVERY = 100_000


def progress_line(figures: Progress) -> str:
    """`12,345 of 100,000 messages, 2,134 a second, 0:00:41 left`; what nobody can say is left out.

    The bar of a run and `digest status` in another shell tell it in the same words.
    """
    parts = [f"{figures.done:,} of {plural(figures.total, 'message')}"]
    if figures.seconds_left is not None:
        rate = figures.rate
        parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second")
        parts.append(f"{timedelta(seconds=math.ceil(figures.seconds_left))} left")
    return ", ".join(parts)


@contextmanager
def progress(pipeline: Pipeline) -> Iterator[None]:
    """How far delivery has come."""
    if sys.stderr.isatty():
        from digest.cli.bars import delivery_bars

        with delivery_bars(pipeline):
            yield
    else:
        pipeline.issue_sender.on_begin = lambda issue, waiting: note(
            f"{issue}: {plural(waiting, 'message')} to send"
        )
        yield


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """How many are done, of a number that nobody knows."""
    if sys.stderr.isatty():
        from digest.cli.bars import counting_bar

        with counting_bar(what) as count:
            yield count
        return

    def line(done: int) -> None:
        if done % LINE_EVERY == 0:
            note(f"{done:,} {what}")

    yield line
