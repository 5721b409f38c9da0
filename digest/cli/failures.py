"""What keeps mail from going out, said on standard error with its remedy: cron mails that."""

import typer

from digest.cli.output import note, plural
from digest.cli.times import newsletter_clock
from digest.model import StopKind
from digest.project import Project
from digest.services.delivery.report import GivenUp, IssueReport, RefusedIssue, RunReport, Stranded
from digest.services.issues.held import tried_until


def say_failures(project: Project, outcome: RunReport) -> None:
    """What went wrong in a round; exit status 1 if there is anything to mend or to look at."""
    held = [issue for issue in outcome.issues if issue.state == "held"]
    for issue in held:
        _say_held(project, issue)
    for stranded in outcome.stranded:
        _say_stranded(project, stranded)
    for given_up in outcome.given_up:
        _say_given_up(project, given_up)
    for refused in outcome.refused:
        _say_refused(refused)
    stopped = outcome.stopped
    if stopped is not None:
        left = outcome.left
        rest = f"; {plural(left, 'message')} {'is' if left == 1 else 'are'} left" if left else ""
        note(f"Sending stopped: {stopped.reason}{rest}")
        note(_WHAT_NOW[stopped.kind])
    wrong = stopped is not None and stopped.kind is not StopKind.LIMITED
    if held or outcome.stranded or outcome.given_up or outcome.refused or wrong:
        raise typer.Exit(1)


def _say_held(project: Project, issue: IssueReport) -> None:
    note(f"{issue.id} is held: {issue.reason}")
    until = tried_until(project.config, issue.newsletter, issue.date)
    by = ""
    if until > project.clock():
        by = f" before {newsletter_clock(project, issue.newsletter)(until)}: then the day is over"
        by += ", and the next issue tells its stories"
    note(f"Remedy: see `digest check-issue`, mend it, and run this again{by}.")


def _say_stranded(project: Project, stranded: Stranded) -> None:
    subscribers = plural(stranded.subscribers, "subscriber")
    note(
        f"{stranded.issue} is not sent, and {subscribers} "
        f"{'waits' if stranded.subscribers == 1 else 'wait'} for it: "
        f"config/digest.toml has no newsletter {stranded.newsletter!r} any more."
    )
    until = newsletter_clock(project, stranded.newsletter)(stranded.until)
    note(f"Remedy: put it back, or leave it: what waits is given up by {until}.")


def _say_given_up(project: Project, given_up: GivenUp) -> None:
    were = "was" if given_up.subscribers == 1 else "were"
    told = f"{plural(given_up.subscribers, 'subscriber')} of {given_up.issue} {were} given up "
    told += f"after {given_up.after}"
    if project.config.newsletter(given_up.newsletter) is not None:
        of = f"--newsletter {given_up.newsletter} --date {given_up.date}"
        told += f"; `digest send --only-missing {of}` sends it"
    note(f"{told}.")


def _say_refused(refused: RefusedIssue) -> None:
    messages = plural(refused.messages, "message")
    were = "was" if refused.messages == 1 else "were"
    note(f"Nobody got {refused.issue}: {messages} {were} refused, the last with: {refused.reply}")
    of = f"--newsletter {refused.newsletter} --date {refused.date}"
    note(f"Remedy: mend what the reply names; then `digest send --only-missing {of}` sends it.")


_WHAT_NOW = {
    StopKind.REFUSED: "Remedy: run `digest check`, mend what it names, and run this again; "
    "nothing is lost.",
    StopKind.LIMITED: "The next run goes on; nothing is lost.",
    StopKind.ASKED: "What is left goes out with the next run; nothing is lost.",
}
