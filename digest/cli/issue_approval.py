"""Commands that approve an issue, take that back, and let a finding of the gate pass."""

import re
from typing import Annotated

import typer

from digest.app import make_issue_builder, make_rehearsal
from digest.cli.by_option import By, name_of
from digest.cli.context import project_of
from digest.cli.editing import issue_meant
from digest.cli.json_output import say_json
from digest.cli.local_times import newsletter_clock
from digest.cli.options import Json, NextDate, OneNewsletterId, ProjectFolder
from digest.cli.output import say
from digest.services.issues.approve import Precondition
from digest.services.issues.approve import approve as approve_issue
from digest.services.issues.approve import pull_back as pull_back_approval
from digest.services.issues.waive import let_pass
from digest.text import plural


def read_hash(text: str) -> str:
    """Reads the hash of a content, or how it begins."""
    if not re.fullmatch("[0-9a-fA-F]{8,64}", text):
        raise typer.BadParameter(
            f"{str(text)!r} is not the hash of a content, nor how one begins; "
            "the page on which the issue is approved has it beside Content"
        )
    return text


def approve(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    seen: Annotated[
        str | None,
        typer.Option(
            "--hash",
            metavar="HASH",
            parser=read_hash,
            help="Only if its content is still this.",
        ),
    ] = None,
    by: By = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Approve the issue as it would go out now: that content, and no other, is sealed.

    What is collected after that stays for the next issue; what is changed by hand, or of a story
    of this one, voids the approval.
    """
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        approved = approve_issue(
            project, make_issue_builder(project), chosen, day, name_of(by), seen
        )
        tell = newsletter_clock(project, chosen.id)
    assert approved.issue is not None  # nothing else can be approved
    left = [condition for condition in approved.conditions if condition != Precondition.APPROVED]
    if as_json:
        say_json(
            {
                "issue": approved.key,
                "content_hash": approved.content_hash,
                "subject": approved.issue.subject,
                "stories": len(approved.issue.all_stories),
                "subscribers": approved.subscribers,
                "goes_at": None if left else approved.goes_at,
            }
        )
        return
    stories, to = len(approved.issue.all_stories), plural(approved.subscribers, "subscriber")
    when = f"at {tell(approved.goes_at)}" if approved.goes_at else "when somebody sends it"
    outlook = f"It waits until {left[0]}." if left else f"It goes out {when}, to {to}."
    say(f"{approved.key}: approved, {plural(stories, 'story')}, {approved.content_hash[:12]}.")
    say(f"  {approved.issue.subject}")
    say(f"{outlook} Until then: digest issue pull-back --date {day}")


def pull_back(
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Take an approval back, as long as the issue is not sealed."""
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        pull_back_approval(project, chosen, day, name_of(by))
    say(f"{chosen.id}-{day}: not approved any more.")


def waive(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="Its id, as `digest check-issue` says it.")
    ],
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why it may pass.")],
    newsletter: OneNewsletterId = None,
    date: NextDate = None,
    by: By = None,
    folder: ProjectFolder = None,
) -> None:
    """Let a finding of the gate pass for this issue, as long as it says the same."""
    with project_of(folder) as project:
        chosen, day = issue_meant(project, newsletter, date)
        findings = make_rehearsal(project).inspect(chosen, day) or []
        passed = let_pass(project, chosen, day, findings, finding, reason, name_of(by))
    say(f"{chosen.id}-{day}: {passed} may pass.")
