"""Commands around a project: init, demo, check, status."""

import os
import shlex
import shutil
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from digest.cli.coming import local_time, next_time
from digest.cli.day import write_preview
from digest.cli.options import Json, Project, pipeline_of, project_root
from digest.cli.output import (
    collected_json,
    deliveries_line,
    plural,
    progress_line,
    say,
    say_findings,
    say_json,
    say_table,
    short_path,
)
from digest.cli.rejected import rejection_json, say_rejected
from digest.cli.sources import say_problem, source_json
from digest.config import load_config
from digest.demo import DemoReport, run_demo
from digest.errors import SettingsError, UsageError
from digest.health import examine, refused_settings
from digest.model import Finding, Newsletter
from digest.new_project import copy_templates, create_project
from digest.pipeline import Pipeline
from digest.services.delivery.report import IssueReport, Progress, report
from digest.services.sources.status import SourceStatus, source_statuses, with_problems
from digest.store import issues, rejections, stories, subscribers
from digest.store.rejections import Rejection

# Sources in trouble that `status` names: there may be hundreds.
_TROUBLES = 10


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; it is made.")] = Path(),
    templates: Annotated[
        bool, typer.Option("--templates", help="Copy the mail's templates too, to edit them.")
    ] = False,
) -> None:
    """Make a project folder: settings, an .env, and seeds/ for stories. Nothing is overwritten."""
    root = folder.resolve()
    made = create_project(root)
    if templates:
        made.append(copy_templates(root))
    say(f"A new project in {root}:")
    for path in made:
        say(f"  {path.relative_to(root)}{'/' if path.is_dir() else ''}")
    say("Next, put a story into seeds/ and look at the mail:")
    if root != Path.cwd():
        say(f"  cd {shlex.quote(str(folder))}")
    say(f"  {_command(root)} preview")


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
    size = len(done.preview.html.encode()) / 1000
    say_table(
        ["Step", "What happened"],
        [
            ("collect", f"{new} from seeds/, {bad} rejected"),
            ("compose", f"{told} for {issue.date}"),
            ("render", f"{size:.0f} kB of HTML, and a text part"),
            ("deliver", f"{deliveries_line(issue)}, over SMTP to a catcher on this machine"),
        ],
    )
    say()
    say(f"Subject:  {issue.subject}")
    say(f"The mail: {page}")
    say(f"As sent:  {done.outbox}")
    say(f"The site: {_command()} serve --project {short_path(done.root)}")
    say(f"Status:   {_command()} status --project {short_path(done.root)}")


def _command(start: Path | None = None) -> str:
    """This command, as it is called in a folder: it may not be where the shell looks."""
    called, known = Path(sys.argv[0]).absolute(), shutil.which("digest")
    is_known = known is not None and Path(known).absolute() == called
    if called.name != "digest" or os.sep not in sys.argv[0] or is_known:
        return "digest"
    return short_path(called, start)


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or any(
        name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def check(project: Project = None, as_json: Json = False) -> None:
    """Look at settings, database, sources, templates and the mail server, and say what to mend.

    Exit status: 0 nothing is in the way, 1 something is, 2 the settings cannot be used at all.
    """
    failed = 1
    try:
        config = load_config(project_root(project))
    except SettingsError as error:
        findings, failed = list(refused_settings(error)), error.exit_status
    except UsageError as error:
        if not as_json:
            raise
        findings = [Finding("project", "error", error.message, error.remedy or "")]
        failed = error.exit_status
    else:
        findings = list(examine(config))
    if as_json:
        say_json({"findings": [asdict(finding) for finding in findings]})
    else:
        say_findings(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(failed)


def status(project: Project = None, as_json: Json = False) -> None:
    """Where things stand: subscribers, issues, sources in trouble, files that are rejected."""
    with pipeline_of(project) as pipeline:
        found = _status(pipeline)
        troubled = _troubled(pipeline)
        rejected = _rejected(pipeline, troubled)
    if as_json:
        sources = [source_json(each) for each in troubled]
        files = [rejection_json(each) for each in rejected]
        say_json({**found, "sources": sources, "rejected": files})
        return
    say_table(
        ["Newsletter", "Subscribers", "New stories", "Next issue"],
        [
            (n["id"], f"{n['subscribers']:,}", n["new_stories"], n["next"])
            for n in found["newsletters"]
        ],
    )
    say()
    _say_issues(found)
    zone = ZoneInfo(pipeline.config.settings.timezone)
    say_problem(troubled, zone, most=_TROUBLES)
    say_rejected(rejected, zone, most=_TROUBLES)


def _say_issues(found: dict[str, Any]) -> None:
    if not found["issues"]:
        say("No issue yet: `digest preview` shows what the next one would be.")
        return
    say_table(
        ["Issue", "State", "Stories", "Deliveries"],
        [
            (i["id"], i["state"], i["stories"], deliveries_line(IssueReport(**i)))
            for i in found["issues"]
        ],
    )
    for figures in found["sending"]:
        say()
        say(f"{figures['issue']}: {figures['line']}")


def _status(pipeline: Pipeline) -> dict[str, Any]:
    with pipeline.database.read() as connection:
        now = pipeline.clock()
        latest = [report(connection, record, now) for record in issues.latest(connection, 10)]
        progress = pipeline.dispatch.progress
        sending = [progress(connection, each) for each in issues.unfinished(connection)]
        return {
            "now": now,
            "stories": stories.count(connection),
            "newsletters": [
                _newsletter(pipeline, connection, each) for each in pipeline.config.newsletters()
            ],
            "sending": [_progress_json(figures) for figures in sending if figures],
            "issues": [asdict(each) for each in latest],
        }


def _troubled(pipeline: Pipeline) -> list[SourceStatus]:
    with pipeline.database.read() as connection:
        return with_problems(source_statuses(connection, pipeline.config, pipeline.clock()))


def _rejected(pipeline: Pipeline, troubled: Sequence[SourceStatus]) -> list[Rejection]:
    """Without a folder that is missing: it is a source in trouble."""
    told = {source.id for source in troubled}
    with pipeline.database.read() as connection:
        return [each for each in rejections.everything(connection) if each.source not in told]


def _newsletter(
    pipeline: Pipeline, connection: sa.Connection, newsletter: Newsletter
) -> dict[str, Any]:
    draft = pipeline.compose(connection, newsletter, pipeline.today(newsletter))
    at = next_time(pipeline, connection, newsletter)
    return {
        "id": newsletter.id,
        "subscribers": subscribers.count(connection, newsletter.id),
        "new_stories": len(draft.stories) + len(draft.more) if draft else 0,
        "next_issue": at.isoformat() if at else None,
        "next": local_time(at, newsletter) if at else "none",
    }


def _progress_json(figures: Progress) -> dict[str, Any]:
    return {
        **asdict(figures),
        "seconds_left": figures.seconds_left,
        "line": progress_line(figures),
    }
