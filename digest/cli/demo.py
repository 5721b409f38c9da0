"""The command that shows the whole job."""

import itertools
import os
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.issue import write_preview
from digest.cli.json_output import collected_json, say_json
from digest.cli.options import Json
from digest.cli.output import called_as, say, short_path
from digest.cli.progress import counting
from digest.cli.tables import say_table
from digest.demo import DemoReport, run_demo
from digest.text import plural


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; it is made anew.")
    ] = Path("demo"),
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the mail in a browser.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Show the whole job in a folder of its own: sample stories, one issue, three subscribers."""
    with counting("steps done") as count:
        steps = itertools.count(1)
        report = run_demo(folder.resolve(), lambda _step, _seconds: count(next(steps)))
    page, *_ = write_preview(report.preview, report.root / "preview")
    if as_json:
        say_json(_demo_json(report, page))
        return
    _say_demo(report, page)
    if show and sys.stdout.isatty() and has_screen(os.environ):
        webbrowser.open(page.as_uri())


def _demo_json(report: DemoReport, page: Path) -> dict[str, Any]:
    return {
        "collected": report.collected.collected,
        "rejected": collected_json(report.collected)["rejected"],
        "stories": report.issue.stories,
        "topics": report.issue.topics,
        "issue": {
            "id": report.issue.id,
            "date": report.issue.date,
            "subject": report.issue.subject,
            "html_bytes": len(report.preview.html.encode()),
        },
        "deliveries": report.issue.deliveries,
        "waiting": report.waiting,
        "seconds": {step: round(took, 3) for step, took in report.seconds.items()},
        "outbox": str(report.outbox),
        "preview": str(page),
    }


def _say_demo(report: DemoReport, page: Path) -> None:
    issue = report.issue
    composed = f"{plural(issue.stories, 'story')} on {plural(issue.topics, 'topic')}"
    new, bad = plural(report.collected.collected, "story"), len(report.collected.rejected)
    counts = ", ".join(f"{count:,} {state}" for state, count in issue.deliveries.items())
    size = len(report.preview.html.encode()) / 1000
    pictures = plural(len(report.preview.pictures), "picture")
    took = report.seconds
    collect = took["collect"] + took["merge"]
    seal = took["seal"] - took["render"]

    rows = [
        ("collect", f"{new} from seeds/, {bad} rejected", collect),
        ("pictures", f"cut for {composed}", took["pictures"]),
        ("render", f"{size:.0f} kB of HTML, {pictures}, and a text part", took["render"]),
        ("seal", f"the issue of {issue.date}, which changes no more", seal),
        ("deliver", f"{counts}, over SMTP to a catcher on this machine", took["deliver"]),
    ]
    say_table(
        ["Step", "What happened", "Took"],
        [(step, happened, f"{seconds:.2f} s") for step, happened, seconds in rows],
    )
    say()
    say(f"Subject:  {issue.subject}")
    say(f"The mail: {page}")
    say(f"As sent:  {report.outbox}")
    digest, project = called_as(), f"--project {short_path(report.root)}"
    waiting = plural(report.waiting, "story")
    say(f"Status:   {digest} status {project}")
    say(f"The site: {digest} serve --admin {project}")
    say(f"The desk: {digest} admins add you@example.org {project}")
    say(f"          prints the link to it: {waiting} for tomorrow's issue wait there.")


def has_screen(environment: Mapping[str, str]) -> bool:
    """Whether whoever called sits before a desktop: not over ssh, and no machine that tests."""
    if any(environment.get(name) for name in ("CI", "SSH_CONNECTION", "SSH_TTY")):
        return False
    return sys.platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
