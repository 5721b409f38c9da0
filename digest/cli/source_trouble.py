"""How commands tell of sources that somebody should have a look at."""

from collections.abc import Sequence

from digest.cli.output import note, plural, say
from digest.cli.times import Tell
from digest.project import Project
from digest.services.sources.status import SourceStatus, with_problems
from digest.store import feeds


def say_problem(statuses: Sequence[SourceStatus], tell: Tell, most: int | None = None) -> None:
    """The sources in trouble, `most` of them, with reason and remedy."""
    troubled = with_problems(statuses)
    if troubled:
        say()
        say(f"{plural(len(troubled), 'source')} in trouble:")
    for each in troubled[:most]:
        since = f" since {tell(each.since)}" if each.since else ""
        held = f", {plural(each.kept_back, 'report')} kept back" if each.kept_back else ""
        say(f"  {each.id}: {each.state}{since}{held}")
        say(f"    {each.reason}")
        if each.remedy:
            say(f"    -> {each.remedy}")
    if most is not None and len(troubled) > most:
        say(f"  and {len(troubled) - most:,} more: see `digest sources list`")


def warn_of_quarantines(project: Project) -> None:
    """A note for each source whose news is kept back: what is looked at lacks it."""
    with project.database.read() as connection:
        rows = feeds.everything(connection)
    for source in project.config.feeds:
        row = rows.get(source.id)
        if row is not None and row.quarantine is not None:
            note(f"{source.id} is quarantined, its news is not in here: {row.quarantine}.")
            note(f"  After a look: digest sources release {source.id}")
