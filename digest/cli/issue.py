"""Commands for the day's issue: build, preview, check-issue, send."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from digest.app import make_link_fetcher, make_rehearsal
from digest.cli.check_findings import say_findings
from digest.cli.context import one_newsletter, pipeline_of, project_of
from digest.cli.json_output import finding_json, issue_json, say_json
from digest.cli.local_times import newsletter_clock, project_clock
from digest.cli.next_issue import waiting
from digest.cli.options import ClockIsRight, Date, Json, NewsletterId, ProjectFolder
from digest.cli.output import say
from digest.cli.progress import progress
from digest.cli.run import say_outcome
from digest.cli.run_failures import say_failures
from digest.cli.run_report import say_issue
from digest.cli.source_trouble import warn_of_quarantines
from digest.error_words import words_of
from digest.errors import DigestError
from digest.model import MailLayout
from digest.services.issues.preview import Preview
from digest.store import issues
from digest.text import plural


def build(
    newsletter: NewsletterId = None,
    date: Date = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Compose the issue as a draft. A draft takes no story: it may be built again at will."""
    with pipeline_of(folder) as pipeline:
        project = pipeline.project
        reports = [
            pipeline.build(chosen, date or project.today(chosen))
            for chosen in project.config.newsletters(newsletter)
        ]
        tell = project_clock(project)
    if as_json:
        say_json({"issues": [issue_json(report) for report in reports]})
        return
    for report in reports:
        say_issue(report, tell)


def preview(
    newsletter: NewsletterId = None,
    date: Date = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to write the files.")
    ] = Path("preview"),
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="EMAIL", help="As this subscriber would see it."),
    ] = None,
    layout: Annotated[
        MailLayout | None,
        typer.Option(
            "--layout", help="As long as this.", show_default="theirs, or the newsletter's"
        ),
    ] = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Write issue.html, issue.txt and issue.eml as they would be sent; keep nothing."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or project.today(chosen)
        rehearsed = make_rehearsal(project).preview(chosen, day, email=subscriber, layout=layout)
        with project.database.read() as connection:
            record = issues.find(connection, chosen.id, day)
        sealed_at = record.sealed_at if record else None
        next_issue = waiting(project, chosen) if sealed_at and not as_json else ""
        tell = newsletter_clock(project, chosen.id)
        warn_of_quarantines(project)
    if rehearsed is None:
        if as_json:
            say_json({"issue": None, "files": []})
        else:
            say(f"Nothing new for {chosen.id} on {day}: drop stories into seeds/ and try again.")
        return
    files = write_preview(rehearsed, out)
    if as_json:
        say_json(
            {
                "issue": rehearsed.issue.key,
                "subject": rehearsed.subject,
                "preheader": rehearsed.preheader,
                "sealed_at": sealed_at,
                "files": [str(file) for file in files],
            }
        )
        return
    say(f"{rehearsed.issue.key}: {rehearsed.subject}")
    for file in files:
        say(f"  {file}")
    if sealed_at:
        say(f"It was sealed on {tell(sealed_at)} and does not change any more; {next_issue}.")


def check_issue(
    newsletter: NewsletterId = None,
    date: Date = None,
    links: Annotated[
        bool, typer.Option("--links", help="Also ask every address whether it answers.")
    ] = False,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Look the day's issue over as it would be sealed. An error would hold it: exit status 1."""
    with project_of(folder) as project:
        chosen = one_newsletter(project, newsletter)
        day = date or project.today(chosen)
        rehearsal = make_rehearsal(project)
        issue_findings = rehearsal.inspect(chosen, day)
        rehearsed = rehearsal.preview(chosen, day) if links else None
        fetcher = partial(make_link_fetcher, project.config, project.clock)
    if rehearsed is not None:
        from digest.services.issues.link_check import check_links

    findings = [
        *(issue_findings or ()),
        *(check_links(rehearsed.html, fetcher) if rehearsed else ()),
    ]
    if as_json:
        say_json(
            {"findings": [{"id": finding.id, **finding_json(finding)} for finding in findings]}
        )
    elif issue_findings is None:
        say(f"Nothing new for {chosen.id} on {day}: there is no issue to look at.")
    else:
        say_findings(findings, with_ids=True)
        errors = sum(finding.level == "error" for finding in findings)
        verdict = "it would be held" if errors else "it may go out"
        say(f"{chosen.id}-{day}: {plural(len(findings), 'finding')}, {verdict}.")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def write_preview(preview: Preview, out: Path) -> list[Path]:
    """The three files of a preview, and beside them the pictures of the first."""
    contents = {
        "issue.html": preview.html.encode(),
        "issue.txt": preview.text.encode(),
        "issue.eml": preview.envelope.message,
    }
    pictures = {f"pictures/{name}": content for name, content in preview.pictures.items()}
    try:
        (out / "pictures" if pictures else out).mkdir(parents=True, exist_ok=True)
        for name, content in (contents | pictures).items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise DigestError(
            f"{out} cannot be written: {words_of(error)}", remedy="name another folder with --out"
        ) from error
    return [out / name for name in contents]


def send(
    newsletter: NewsletterId = None,
    date: Date = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; change nothing.")
    ] = False,
    only_missing: Annotated[
        bool,
        typer.Option(
            "--only-missing",
            help="The sealed issue again, to those subscribed now who have not got it.",
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Collect, and send the day's issue now, whatever the hour; nobody is mailed twice.

    With --only-missing nothing is collected: the issue of the date goes to those who subscribed
    after it was sealed, and to those for whom it failed, also where its life is over.
    """
    with (
        pipeline_of(folder, clock_is_right=clock_is_right) as pipeline,
        progress(pipeline),
    ):
        project = pipeline.project
        day = make_rehearsal(project) if dry_run else pipeline
        send_all = day.send_missing if only_missing else day.send
        outcome = send_all(project.config.newsletters(newsletter), date)
        if dry_run and not as_json:
            say("Dry run: this is what would be sent; nothing was changed.")
        say_outcome(project, outcome, as_json=as_json)
    say_failures(project, outcome)
