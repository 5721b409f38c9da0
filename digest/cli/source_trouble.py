"""How commands tell of sources that somebody should have a look at."""

from collections.abc import Sequence

from digest.cli.local_times import Tell
from digest.cli.output import note, say
from digest.project import Project
from digest.services.sources.all_feeds import all_feeds
from digest.services.sources.status import SourceStatus, with_problems
from digest.store import feeds
from digest.text import plural


def say_problem(statuses: Sequence[SourceStatus], tell: Tell, most: int | None = None) -> None:
    """The sources in trouble, `most` of them, with reason and remedy."""
    problems = with_problems(statuses)
    if problems:
        say()
        say(f"{plural(len(problems), 'source')} in trouble:")
    for status in problems[:most]:
        since = f" since {tell(status.since)}" if status.since else ""
        held = f", {plural(status.kept_back, 'report')} kept back" if status.kept_back else ""
        say(f"  {status.id}: {status.state}{since}{held}")
        say(f"    {status.reason}")
        if status.remedy:
            say(f"    -> {status.remedy}")
    if most is not None and len(problems) > most:
        say(f"  and {len(problems) - most:,} more: see `digest sources list`")


def warn_of_quarantines(project: Project) -> None:
    """A note for each source whose news is kept back: what is looked at lacks it."""
    with project.database.read() as connection:
        rows = feeds.everything(connection)
        sources = all_feeds(connection, project.config)
    for source in sources:
        row = rows.get(source.id)
        if row is not None and row.quarantine is not None:
            note(f"{source.id} is quarantined, its news is not in here: {row.quarantine}.")
            note(f"  After a look: digest sources release {source.id}")
