"""The day of a project on the disk, for tests that look inside."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.app import make_pipeline, open_project
from digest.pipeline import Pipeline
from tests.migrated import migrated_database


@contextmanager
def open_pipeline(root: Path, *, ticking: bool = False) -> Iterator[Pipeline]:
    """The pipeline of the project in `root`; one that is new gets a migrated database."""
    if not (root / "var").exists() and "DIGEST_DATABASE_URL" not in os.environ:
        (root / "var").mkdir(mode=0o700)
        shutil.copy(migrated_database(), root / "var" / "digest.db")
    with open_project(root, ticking=ticking) as project:
        yield make_pipeline(project)
