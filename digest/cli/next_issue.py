"""What comes next of a newsletter, and what is done with already, in the words of the commands."""

from digest.app import make_rehearsal
from digest.cli.local_times import newsletter_clock
from digest.model import Newsletter
from digest.project import Project
from digest.services.delivery.report import IssueReport
from digest.services.issues.next_time import next_time
from digest.text import plural


def next_issues(project: Project) -> str:
    """When the next issue of each newsletter is made, as a sentence."""
    newsletters = project.config.newsletters()
    with project.database.read() as connection:
        times = [
            (newsletter.id, next_time(connection, project, newsletter))
            for newsletter in newsletters
        ]
    return " ".join(
        f"Next: {newsletter}, {newsletter_clock(project, newsletter)(at)}."
        for newsletter, at in times
        if at
    )


def sent_before(project: Project, issue: IssueReport) -> str:
    """That an issue was sent before this command, and what the next one has to wait for."""
    newsletter = project.config.newsletter(issue.newsletter)
    if newsletter is None or issue.finished_at is None:
        return f"{issue.id}: was sent already; nothing is left to do."
    at = newsletter_clock(project, newsletter.id)(issue.finished_at)
    rest = waiting(project, newsletter)
    return f"{issue.id}: was sent already, on {at}; nothing is left to do; {rest}."


def waiting(project: Project, newsletter: Newsletter) -> str:
    """`2 new stories wait for 23 Nov 06:00 UTC`."""
    count = make_rehearsal(project).waiting(newsletter)
    if not count:
        return "no new story waits"
    with project.database.read() as connection:
        at = next_time(connection, project, newsletter)
    when = newsletter_clock(project, newsletter.id)(at) if at else "the next issue"
    return f"{plural(count, 'new story')} {'waits' if count == 1 else 'wait'} for {when}"
