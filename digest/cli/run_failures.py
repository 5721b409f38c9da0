"""What keeps mail from going out, said on standard error with its remedy: cron mails that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typer

from digest.cli.local_times import newsletter_clock
from digest.cli.output import note
from digest.errors import DigestError
from digest.model import IssueCause, Stop, StopKind
from digest.project import Project
from digest.services.delivery.report import GivenUp, IssueReport, RefusedIssue, RunReport, Stranded
from digest.services.issues.held_issue import tried_until
from digest.text import plural


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and what to do about it; what `lasts` is met again by the next run.

    `so_far` is what is otherwise at each run. `exit_status` is 0 where nobody has to do anything.
    """

    text: str
    remedy: str = ""
    so_far: str = ""
    lasts: bool = True
    exit_status: int = 1


def say_failures(project: Project, outcome: RunReport) -> None:
    """What went wrong in a round; exit status 1 if there is anything to mend or to look at."""
    failures = list(failures_of(project, outcome))
    for failure in failures:
        say_failure(failure)
    exit_with(failures)


def say_failure(failure: Failure) -> None:
    """What went wrong, and the remedy."""
    note(failure.text + failure.so_far)
    if failure.remedy:
        note(failure.remedy)


def exit_with(failures: Sequence[Failure]) -> None:
    """End with the exit status of what is the worst."""
    status = max((failure.exit_status for failure in failures), default=0)
    if status:
        raise typer.Exit(status)


def failures_of(project: Project, outcome: RunReport) -> Iterator[Failure]:
    """What went wrong in a round."""
    for issue in outcome.issues:
        if issue.state == "held":
            yield _held(project, issue)
    for let_go in outcome.let_go:
        yield Failure(
            f"{let_go.key} did not go out: it was held until its day was over: {let_go.reason}",
            "The next issue tells its stories.",
            lasts=False,
        )
    for stranded in outcome.stranded:
        yield _stranded(project, stranded)
    for given_up in outcome.given_up:
        yield _given_up(project, given_up)
    for refused in outcome.refused:
        yield _refused(refused)
    if outcome.signups is not None:
        yield Failure(
            f"Sign-ups are held back: {outcome.signups.last_hour} in the last hour are as many as "
            "web.signups_per_hour lets in, and whoever else asks is told to come back later.",
            "Remedy: where they are people, raise it; where not, see docs/signing-up.md.",
            exit_status=0,
        )
    if outcome.stopped is not None:
        yield _stopped(outcome.stopped, outcome.left)


def failure_of(error: DigestError) -> Failure:
    """An error that ended a round."""
    remedy = f"Remedy: {error.remedy}." if error.remedy else ""
    return Failure(f"Error: {error.message}", remedy, exit_status=error.exit_status)


def _held(project: Project, issue: IssueReport) -> Failure:
    with project.database.read() as connection:
        until = tried_until(connection, project.config, issue.newsletter, issue.date)
    by = ""
    if until > project.clock():
        by = f" before {newsletter_clock(project, issue.newsletter)(until)}: then the day is over"
        by += ", and the next issue tells its stories"
    remedy = "see `digest check-issue`, mend it, and run this again"
    of = f"--newsletter {issue.newsletter} --date {issue.date}"
    if issue.cause is IssueCause.UNAPPROVED:
        remedy = f"`digest issue approve {of}` lets it go"
    elif issue.cause is IssueCause.EDITOR:
        remedy = f"`digest issue release --date {issue.date}` lets it go"
    return Failure(f"{issue.id} is held: {issue.reason}", f"Remedy: {remedy}{by}.")


def _stranded(project: Project, stranded: Stranded) -> Failure:
    subscribers = plural(stranded.subscribers, "subscriber")
    until = newsletter_clock(project, stranded.newsletter)(stranded.until)
    return Failure(
        f"{stranded.issue} is not sent, and {subscribers} "
        f"{'waits' if stranded.subscribers == 1 else 'wait'} for it: "
        f"config/digest.toml has no newsletter {stranded.newsletter!r} any more.",
        f"Remedy: put it back, or leave it: what waits is given up by {until}.",
    )


def _given_up(project: Project, given_up: GivenUp) -> Failure:
    were = "was" if given_up.subscribers == 1 else "were"
    sentence = f"{plural(given_up.subscribers, 'subscriber')} of {given_up.issue} {were} given up "
    sentence += f"after {given_up.after}"
    if project.config.newsletter(given_up.newsletter) is not None:
        of = f"--newsletter {given_up.newsletter} --date {given_up.date}"
        sentence += f"; `digest send --only-missing {of}` sends it"
    return Failure(f"{sentence}.", lasts=False)


def _refused(refused: RefusedIssue) -> Failure:
    messages = plural(refused.messages, "message")
    were = "was" if refused.messages == 1 else "were"
    of = f"--newsletter {refused.newsletter} --date {refused.date}"
    return Failure(
        f"Nobody got {refused.issue}: {messages} {were} refused, the last with: {refused.reply}",
        f"Remedy: mend what the reply names; then `digest send --only-missing {of}` sends it.",
        lasts=False,
    )


def _stopped(stopped: Stop, left: int) -> Failure:
    rest = f"; {plural(left, 'message')} {'is' if left == 1 else 'are'} left" if left else ""
    return Failure(
        f"Sending stopped: {stopped.reason}",
        _WHAT_NOW[stopped.kind],
        so_far=rest,
        lasts=stopped.kind not in (StopKind.ASKED, StopKind.PAUSED),
        exit_status=1 if stopped.kind is StopKind.REFUSED else 0,
    )


_WHAT_NOW = {
    StopKind.REFUSED: "Remedy: run `digest check`, mend what it names, and run this again; "
    "nothing is lost.",
    StopKind.LIMITED: "The next run goes on; nothing is lost.",
    StopKind.PAUSED: "What is left waits for `digest issue resume`; what was stopped is over.",
    StopKind.ASKED: "What is left goes out with the next run; nothing is lost.",
}
