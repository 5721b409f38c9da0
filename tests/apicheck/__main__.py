"""schemathesis against `digest serve`: python -m tests.apicheck --seconds 600

A new project with issues, stories and subscribers, served by one process on a free port of
loopback; a token with every scope. All checks of schemathesis, data that fits and data that does
not, in all its phases. For half of the time it knows what there is (known.toml), for the other half
it does not (schemathesis.toml).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from digest.model import Subscription
from digest.roles import Role
from digest.scopes import Scope
from digest.services.admins import api_tokens
from digest.store import subscribers
from tests.bench.web import server
from tests.paths import ROOT
from tests.sites import DAILY, fill, keep_story, open_site

FEED = """
[[sources]]
id = "example-times"
kind = "feed"
url = "https://times.example.org/feed"
"""
SETTINGS = """approval = "required"
editors = ["ed@example.org"]

[api]
enabled = true
requests_per_minute = 1000000
"""


def main() -> int:
    """Run it; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.apicheck", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="for so long it tries")
    parser.add_argument("--seed", type=int, default=1, help="of what it tries")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-api-") as folder:
        root = Path(folder) / "project"
        secret = make_project(root)
        with server(root) as process:
            statuses = [
                check(Server(folder, process.url, secret), config, phases, options)
                for config, phases in (
                    ("known.toml", "coverage,fuzzing"),
                    ("schemathesis.toml", "coverage,fuzzing,stateful"),
                )
            ]
    return max(statuses)


class Server(NamedTuple):
    """What is tried: its address, a token for it, and a folder for what the tool writes."""

    folder: str
    url: str
    secret: str


def check(tried: Server, config: str, phases: str, options: argparse.Namespace) -> int:
    """One run, for half of the time; the exit status."""
    command = [
        *(Path(sys.executable).with_name("schemathesis"), "--config-file"),
        *(Path(__file__).with_name(config), "run", f"{tried.url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {tried.secret}", "--checks", "all"),
        *("--max-time", str(options.seconds // 2), "--seed", str(options.seed)),
        *("--phases", phases, "--continue-on-failure", "--warnings", "off"),
    ]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.apicheck.hooks",
        "PYTHONPATH": f"{ROOT}",
    }
    done = subprocess.run([*map(str, command)], cwd=tried.folder, env=environment, check=False)
    return done.returncode


def make_project(root: Path) -> str:
    """A project with something of everything; the secret of a token that may do all."""
    with open_site(root, DAILY + SETTINGS) as pipeline:
        fill(pipeline, days=2, stories_a_day=6)
        project = pipeline.project
        with project.database.write() as connection:
            for number in range(4):
                keep_story(connection, headline=f"A comet is found, the {number}th", dropped=None)
            for number in range(30):
                subscription = Subscription(f"subscriber{number}@example.org")
                subscribers.put_all(connection, "daily", [subscription], project.clock())
        sources = root / "config" / "sources.toml"
        sources.write_text(sources.read_text() + FEED)
        _, secret = api_tokens.add_token(project, "check", Role.OWNER, tuple(Scope), 1, "check")
    return secret


if __name__ == "__main__":
    sys.exit(main())
