"""Commands around a project: init, demo, check, status, explain."""

import os
import sys
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.cli.day import local_time, write_preview
from digest.cli.options import Json, Project, pipeline_of, project_root
from digest.cli.output import (
    deliveries_line,
    intake_json,
    note,
    plural,
    say,
    say_findings,
    say_json,
    say_table,
)
from digest.compose.due import next_issue_time
from digest.demo import DemoReport, run_demo
from digest.errors import UsageError
from digest.health import examine
from digest.model import Story
from digest.pipeline import Pipeline
from digest.project import copy_templates, create_project
from digest.report import IssueReport, report
from digest.store import deliveries, issues, stories, subscribers, suppressions


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
    where = "" if root == Path.cwd() else f" --project {folder}"
    say("Next: put a story into seeds/, then")
    say(f"  digest preview{where}")


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; it is made anew.")
    ] = Path("demo"),
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the mail in a browser.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Show the whole job in a folder of its own: sample stories, one issue, three readers."""
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
        "collected": done.intake.collected,
        "rejected": intake_json(done.intake)["rejected"],
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
    new, bad = plural(done.intake.collected, "story"), len(done.intake.rejected)
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
    say(f"Project:  {done.root}   (try: digest status --project {_short(done.root)})")


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or any(
        name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def check(project: Project = None, as_json: Json = False) -> None:
    """Look at settings, database, sources, templates and the mail server, and say what to mend."""
    findings = list(examine(project_root(project)))
    if as_json:
        say_json({"findings": [asdict(finding) for finding in findings]})
    else:
        say_findings(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def status(project: Project = None, as_json: Json = False) -> None:
    """Where things stand: subscribers, the next issue of each newsletter, the last issues."""
    with pipeline_of(project) as pipeline:
        found = _status(pipeline)
    if as_json:
        say_json(found)
        return
    say_table(
        ["Newsletter", "Subscribers", "New stories", "Next issue"],
        [
            (n["id"], f"{n['subscribers']:,}", n["new_stories"], n["next"])
            for n in found["newsletters"]
        ],
    )
    say()
    if not found["issues"]:
        say("No issue yet: `digest preview` shows what the next one would be.")
        return
    say_table(
        ["Issue", "State", "Stories", "Deliveries"],
        [
            (i["id"], i["state"], i["stories"], i["reason"] or deliveries_line(IssueReport(**i)))
            for i in found["issues"]
        ],
    )


def _status(pipeline: Pipeline) -> dict[str, Any]:
    newsletters = []
    with pipeline.database.rehearsal() as connection:
        for newsletter in pipeline.config.newsletters():
            draft = pipeline.compose(connection, newsletter, pipeline.today(newsletter))
            at = next_issue_time(newsletter, pipeline.clock())
            newsletters.append(
                {
                    "id": newsletter.id,
                    "subscribers": subscribers.count(connection, newsletter.id),
                    "new_stories": len(draft.stories) + len(draft.more) if draft else 0,
                    "next_issue": at.isoformat() if at else None,
                    "next": local_time(at, newsletter) if at else "none",
                }
            )
        latest = [report(connection, record) for record in issues.latest(connection, 10)]
        total = stories.count(connection)
    return {
        "now": pipeline.clock(),
        "stories": total,
        "newsletters": newsletters,
        "issues": [{**_plain(each)} for each in latest],
    }


def _plain(each: IssueReport) -> dict[str, Any]:
    return {name: getattr(each, name) for name in each.__slots__}


def explain(
    what: Annotated[
        str,
        typer.Argument(metavar="EMAIL|STORY", help="An address, a story's number, or its file."),
    ],
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Say why: why an address did or did not get an issue, why a story has its topic."""
    with pipeline_of(project) as pipeline:
        found = _explain_reader(pipeline, what) if "@" in what else _explain_story(pipeline, what)
    if as_json:
        say_json(found)
        return
    for key, value in found.items():
        if isinstance(value, list):
            for line in value:
                say(
                    f"  {line['issue']}: {line['state']}"
                    + (f": {line['reply']}" if line["reply"] else "")
                )
        else:
            say(f"{key.replace('_', ' ').capitalize()}: {value}")
    if not found.get("deliveries", True):
        note("No issue was laid out for this address since it subscribed.")


def _explain_reader(pipeline: Pipeline, email: str) -> dict[str, Any]:
    with pipeline.database.read() as connection:
        suppressed = suppressions.reason_for(connection, email)
        number = subscribers.find_id(connection, email)
        if number is None and suppressed is None:
            raise UsageError(f"{email} is not known", remedy="see `digest subscribers list`")
        gets = [
            n.id
            for n in pipeline.config.newsletters()
            if subscribers.topics_of(connection, email, n.id) is not None
        ]
        rows = deliveries.of_subscriber(connection, number, 30) if number is not None else []
    return {
        "address": email,
        "subscribed_to": ", ".join(gets) or "nothing",
        "suppressed": suppressed or "no",
        "deliveries": [{"issue": f"{r['newsletter']}-{r['date']}", **r} for r in rows],
    }


def _explain_story(pipeline: Pipeline, what: str) -> dict[str, Any]:
    with pipeline.database.read() as connection:
        number = int(what) if what.isdecimal() else stories.story_of_key(connection, _key(what))
        story: Story | None = stories.get(connection, number) if number is not None else None
        if story is None:
            raise UsageError(
                f"there is no story {what!r}", remedy="name its number or its file in seeds/"
            )
    return {
        "story": f"{story.id}, {story.headline}",
        "topic": story.topic,
        "topic_reason": story.topic_reason,
        "day": story.dropped or f"collected {story.collected_at:%Y-%m-%d %H:%M} UTC",
        "sources": story.source_count,
    }


def _key(what: str) -> str:
    parts = Path(what).parts
    return "/".join(parts[1:] if parts and parts[0] == "seeds" else parts)
