"""The command that shows the whole job."""

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.issue import write_preview
from digest.cli.json_output import collected_json, say_json
from digest.cli.options import Json
from digest.cli.output import called_as, plural, say, short_path
from digest.cli.tables import say_table
from digest.demo import DemoReport, run_demo


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
    done = run_demo(folder.resolve())
    page, *_ = write_preview(done.preview, done.root / "preview")
    if as_json:
        say_json(_demo_json(done, page))
        return
    _say_demo(done, page)
    if show and sys.stdout.isatty() and _has_screen():
        webbrowser.open(page.as_uri())


def _demo_json(done: DemoReport, page: Path) -> dict[str, Any]:
    return {
        "collected": done.collected.collected,
        "rejected": collected_json(done.collected)["rejected"],
        "stories": done.issue.stories,
        "topics": done.issue.topics,
        "issue": {
            "id": done.issue.id,
            "date": done.issue.date,
            "subject": done.issue.subject,
            "html_bytes": len(done.preview.html.encode()),
        },
        "deliveries": done.issue.deliveries,
        "outbox": str(done.outbox),
        "preview": str(page),
    }


def _say_demo(done: DemoReport, page: Path) -> None:
    issue = done.issue
    told = f"{plural(issue.stories, 'story')} on {plural(issue.topics, 'topic')}"
    new, bad = plural(done.collected.collected, "story"), len(done.collected.rejected)
    counts = ", ".join(f"{count:,} {state}" for state, count in issue.deliveries.items())
    size = len(done.preview.html.encode()) / 1000
    say_table(
        ["Step", "What happened"],
        [
            ("collect", f"{new} from seeds/, {bad} rejected"),
            ("compose", f"{told} for {issue.date}"),
            ("render", f"{size:.0f} kB of HTML, and a text part"),
            ("deliver", f"{counts}, over SMTP to a catcher on this machine"),
        ],
    )
    say()
    say(f"Subject:  {issue.subject}")
    say(f"The mail: {page}")
    say(f"As sent:  {done.outbox}")
    say(f"The site: {called_as()} serve --project {short_path(done.root)}")
    say(f"Status:   {called_as()} status --project {short_path(done.root)}")


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or any(
        name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
