"""How far a command has come, on standard error: a bar on a terminal, lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digest.cli.output import note
from digest.pipeline import Pipeline
from digest.text import plural

LINE_EVERY = 100_000


@contextmanager
def progress(pipeline: Pipeline) -> Iterator[None]:
    """How far delivery has come."""
    if sys.stderr.isatty():
        from digest.cli.progress_bars import delivery_bars

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
        from digest.cli.progress_bars import counting_bar

        with counting_bar(what) as count:
            yield count
        return

    def line(done: int) -> None:
        if done % LINE_EVERY == 0:
            note(f"{done:,} {what}")

    yield line
