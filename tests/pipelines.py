"""The day of a project on the disk, for tests that look inside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.app import make_pipeline, open_project
from digest.pipeline import Pipeline


@contextmanager
def open_pipeline(root: Path, *, ticking: bool = False) -> Iterator[Pipeline]:
    """The pipeline of the project in `root`."""
    with open_project(root, ticking=ticking) as project:
        yield make_pipeline(project)
