"""The head of every table: on what machine, with what versions, and when it was measured."""

import os
import platform
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.bench import tools


def facts() -> str:
    """Two lines."""
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory"
    system = f"{platform.system()} {platform.release()}"
    ours = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {machine}, {system};\n"
        f"{', '.join(ours + tools.versions())}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
