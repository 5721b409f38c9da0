"""The bars that show on a terminal how far a command has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from digest.cli.run_report import progress_line
from digest.model import DeliveryState
from digest.pipeline import Pipeline
from digest.services.delivery.report import Progress


class Figures(ProgressColumn):
    """The figures of a task beside its bar; the rate is that since it began."""

    def render(self, task: Task) -> Text:
        """One line of text."""
        seconds = task.elapsed or 0.0
        rate = task.completed / seconds if seconds else 0.0
        figures = Progress(task.description, int(task.completed), int(task.total or 0), rate)
        return Text(progress_line(figures))


@contextmanager
def delivery_bars(pipeline: Pipeline) -> Iterator[None]:
    """A bar for each issue that is sent."""
    columns = (TextColumn("{task.description}"), BarColumn(), Figures())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        current = [bar.add_task("", total=0, visible=False)]

        def begin(issue: str, waiting: int) -> None:
            current.append(bar.add_task(issue, total=waiting, visible=waiting > 0))

        def step(_state: DeliveryState) -> None:
            bar.advance(current[-1])

        pipeline.issue_sender.on_begin, pipeline.issue_sender.on_delivery = begin, step
        yield


@contextmanager
def counting_bar(what: str) -> Iterator[Callable[[int], None]]:
    """How many are done, of a number that nobody knows."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:,} {task.description}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)
