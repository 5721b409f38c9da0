"""`digest collect` over 1,000 feeds of a farm on loopback, one in ten broken.

The whole command, from an empty database: fetching, reading, keeping, merging. Then once more with
nothing new.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from digest.new_project import create_project
from tests.feed_farm import ITEMS, Farm

FEEDS = 1000
# The farm's items are of the morning of this day.
NOW = "2026-11-20T12:00:00Z"


def follow(root: Path, farm: Farm) -> None:
    """A project that follows all feeds of the farm."""
    create_project(root)
    blocks = [
        f'[[sources]]\nid = "farm-{n}"\nkind = "feed"\nurl = "{farm.local_url(n)}"\n'
        for n in range(FEEDS)
    ]
    (root / "config" / "sources.toml").write_text("\n".join(blocks))


def collect(root: Path) -> tuple[float, dict[str, int]]:
    """Seconds of one run, and what it says of the feeds."""
    settings = {
        "DIGEST_NOW": NOW,
        "DIGEST_COLLECT_ALLOW": '["127.0.0.1"]',
        "DIGEST_COLLECT_HOST_DELAY": "0",
        "DIGEST_COLLECT_PER_HOST": "20",
    }
    command = [sys.executable, "-m", "digest", "collect", "--json", "--project", str(root)]
    began = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)["feeds"]
    return time.perf_counter() - began, found


def main() -> None:
    """Measure two runs and print them."""
    farm = Farm(FEEDS)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.feed_farm", str(FEEDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        ports = json.loads(server.stdout.readline())
        farm.port, farm.tls_port = ports["port"], ports["tls_port"]
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "project"
            follow(root, farm)
            print(f"digest collect, {FEEDS:,} feeds of {ITEMS} items")
            for name in ("from an empty database", "again, nothing new"):
                took, found = collect(root)
                print(f"{name:24} {took:5.1f} s, {found['reports']:,} reports")
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"peak memory of the largest process {peak:.0f} MB")
            kept = kept_of(root)
            assert [n for n in farm.well if kept.get(f"farm-{n}") != ITEMS] == []
    finally:
        server.stdin.close()
        server.wait()


def kept_of(root: Path) -> dict[str, int]:
    """How many reports of each source are in the database."""
    with sqlite3.connect(root / "var" / "digest.db") as database:
        counts = database.execute("SELECT source, count(*) FROM reports GROUP BY source")
        return dict(counts.fetchall())


if __name__ == "__main__":
    main()
