"""What was collected and where issues stand, in lines for people."""

import math
from datetime import timedelta

from digest.cli.local_times import Tell
from digest.cli.output import note, say, short_path
from digest.config import Config
from digest.model import DeliveryState
from digest.services.delivery.report import IssueReport, Progress
from digest.services.sources.fetch_summary import FetchSummary
from digest.services.stories.files import CollectResult
from digest.text import plural


def say_collected(collected: CollectResult) -> None:
    """What was collected; what needs a look is named, on stderr."""
    parts = [f"{collected.collected} new"]
    parts += [f"{collected.updated} updated"] if collected.updated else []
    parts += [plural(len(collected.duplicates), "duplicate")] if collected.duplicates else []
    parts += [f"{len(collected.held)} held for their date"] if collected.held else []
    parts += [f"{len(collected.rejected)} rejected"] if collected.rejected else []
    say(f"Collected: {', '.join(parts)}.")
    if collected.feeds.asked:
        say_feeds(collected.feeds)
    for item in collected.rejected:
        note(f"  rejected  {item}")
    for file, same in collected.duplicates:
        note(f"  duplicate  {file}: the same text as {same}")


def say_feeds(feeds: FetchSummary) -> None:
    """What the feeds came to; one that is suspect is named, since somebody has to look at it."""
    suspect = [problem for problem in feeds.problems if problem.quarantined]
    failed = len(feeds.problems) - len(suspect)
    parts = [f"{plural(feeds.asked, 'feed')} asked", f"{plural(feeds.reports, 'report')} new"]
    parts += [f"{feeds.kept_back:,} kept back"] if feeds.kept_back else []
    parts += [f"{feeds.blocked:,} blocked by keywords"] if feeds.blocked else []
    parts += [f"{failed:,} failed (see `digest sources list`)"] if failed else []
    say(f"Feeds: {', '.join(parts)}.")
    for problem in suspect:
        note(f"  quarantined  {problem.source}: {problem.reason}")
        note(
            f"  Remedy: look with `digest sources test {problem.source}`, then `digest sources "
            f"release {problem.source}`."
        )


def say_issue(issue: IssueReport, tell: Tell, sent: str = "sent") -> None:
    """One line an issue, and what needs a look; `sent` is what became of what is sent."""
    if issue.state in ("paused", "stopped"):
        counts = deliveries_line(issue, tell, sent)
        say(f"{issue.id}: {issue.state}, {counts}; {issue.reason}.")
        return
    if issue.subject is None or issue.state == "held":
        say(f"{issue.id}: {issue.state}, {issue.reason}.")
        return
    counts = deliveries_line(issue, tell, sent)
    say(f"{issue.id}: {issue.state}, {plural(issue.stories, 'story')}; {counts}.")
    say(f"  {issue.subject}")


def deliveries_line(issue: IssueReport, tell: Tell, sent: str = "sent") -> str:
    """`3 sent, 1 deferred`, with the doubt there was, and who waits for their hour."""
    if not issue.deliveries:
        return issue.reason or ("no deliveries" if issue.state != "draft" else "not sealed yet")
    words = {DeliveryState.SENT.value: sent}
    counts = issue.deliveries.items()
    line = ", ".join(f"{count:,} {words.get(state, state)}" for state, count in counts)
    line += f" ({issue.in_doubt:,} had been in doubt)" if issue.in_doubt else ""
    if issue.overdue_since is not None:
        line += f"; {issue.overdue:,} overdue since {tell(issue.overdue_since)}"
        line += f" ({issue.reason})" if issue.reason else ""
    if issue.last_due_at is not None:
        line += f"; {issue.later_on:,} at their hour, the last {tell(issue.last_due_at)}"
    line += f"; nobody got it: {issue.refusal}" if issue.refusal else ""
    return line


def progress_line(figures: Progress) -> str:
    """`12,345 of 100,000 messages, 2,134 a second, 0:00:41 left`; what nobody can say is left out.

    The bar of a run and `digest status` in another shell tell it in the same words.
    """
    parts = [f"{figures.done:,} of {plural(figures.total, 'message')}"]
    if figures.seconds_left is not None:
        rate = figures.rate
        parts.append(f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second")
        parts.append(f"{timedelta(seconds=math.ceil(figures.seconds_left))} left")
    return ", ".join(parts)


def outbox_of(config: Config) -> str:
    """`outbox/`, where mails are written instead of sent; empty where they are sent."""
    if config.settings.backend != "outbox":
        return ""
    return f"{short_path(config.path(config.settings.outbox.folder))}/"
