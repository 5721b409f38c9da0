"""The public pages under load: `digest serve` as it is, one process, asked by another one.

1,000 requests a second for the story pages, the archive, and
counted links of mails (each of them counts)                         p99 at most 50 ms, no error

Before that each page but the first is asked for once, when none of them is made yet; after it as
fast as 32 connections can ask. A site of 210 stories and 30 issues, whose pages are all made anew
every 30 seconds, as they are by default: measure for longer than that. No wrk: it sends no request
while an answer is late, so a stall of the server would hardly show in its percentiles.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.bench.machine import facts
from tests.bench.webload import Load, Seen
from tests.sites import DAILY, fill, open_site

RATE = 1000
CONNECTIONS = 32
# What a browser says where somebody follows a link.
VISIT = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"


def main() -> int:
    """Measure and print the table; 1 where the goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.web", description=__doc__)
    parser.add_argument("--seconds", type=float, default=40, help="of each measurement")
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second")
    parser.add_argument("--goal", type=float, default=50, help="ms that p99 may be")
    parser.add_argument("--days", type=int, default=30, help="issues of the site")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-web-") as folder:
        root = Path(folder) / "project"
        with open_site(root, DAILY + "count_clicks = true\n") as pipeline:
            fill(pipeline, days=options.days - 1, stories_a_day=7)
        with server(root) as process:
            return _measure(process, root, options)


def _measure(served: "Served", root: Path, options: argparse.Namespace) -> int:
    url = served.url
    print(f"{facts()}\n")
    columns = ["page", "asked a second", "answered", "p50 ms", "p99 ms", "worst ms", "errors"]
    columns += ["processor ms an answer"]
    print("|", " | ".join(columns), "|")
    print("|" + "---|" * len(columns))
    met = True
    for name, paths in page_paths(root).items():
        ask(
            Load(url, paths[:1], 0, 600, 1, once=True, head=VISIT)
        )  # templates are read, code is loaded
        if paths[1:]:
            _tell(
                served,
                f"{name}, not made yet",
                Load(url, paths[1:], 0, 600, 4, once=True, head=VISIT),
            )
        p99, errors = _tell(
            served, name, Load(url, paths, options.rate, options.seconds, CONNECTIONS, head=VISIT)
        )
        met &= p99 <= options.goal and not errors
        _tell(served, name, Load(url, paths, 0, options.seconds / 4, CONNECTIONS, head=VISIT))
    goal = f"p99 at most {options.goal:.0f} ms, no error"
    print("\nThe goal is met." if met else f"\nThe goal is missed: {goal}.")
    return 0 if met else 1


def page_paths(root: Path) -> dict[str, list[str]]:
    """The pages that are asked for, by their kind."""
    from digest.services.site.sitemap import find_part
    from digest.web.site import Site
    from tests.pipelines import open_pipeline

    with open_pipeline(root) as known:
        room = Site(known.project, known.notice_sender).public_pages
        stories = [path for path, _ in find_part(room, "stories-0") or ()]
    links = [f"/go/daily/{path.removeprefix('/stories/').partition('-')[0]}/0" for path in stories]
    return {"story pages": stories, "archive": ["/issues/daily"], "counted links": links}


def _tell(served: "Served", name: str, load: Load) -> tuple[float, int]:
    """Print a line; the 99th percentile in ms, and the number of errors."""
    before = served.processor_seconds
    seen = ask(load)
    spent = served.processor_seconds - before
    times = sorted(seen.seconds) or [float("inf")]
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    count = len(seen.seconds) + seen.errors
    asked = f"{load.rate:,}" if load.rate else "all it can"
    rate = len(seen.seconds) / seen.lasted
    errors = f"{seen.errors / max(count, 1):.2%}"
    worst = times[-1] * 1000
    processor = f"{spent / max(len(seen.seconds), 1) * 1000:.2f}"
    figures = f"{rate:,.0f} | {p50:.1f} | {p99:.1f} | {worst:.1f} | {errors} | {processor}"
    print(f"| {name} | {asked} | {figures} |", flush=True)
    return p99, seen.errors


def ask(load: Load) -> Seen:
    """Ask for pages, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.webload"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
    )
    return Seen(**json.loads(done.stdout))


class Served(NamedTuple):
    """A running site: its address, and its process."""

    url: str
    pid: int

    @property
    def processor_seconds(self) -> float:
        """What it has taken of the processor so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system


@contextmanager
def server(root: Path) -> Iterator[Served]:
    """`digest serve` on a free port; its log goes to a file, as an operator would have it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    with (root / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "digest", "serve", "--port", "0", "--no-scheduler"],
            cwd=root,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith("Serving "):
                raise RuntimeError((root / "serve.log").read_text())
            yield Served(line.split()[1].rstrip("/"), process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
