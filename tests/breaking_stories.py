"""A story that many tell at once, in a project that has alerts."""

from datetime import timedelta

from digest.model import SourceRef
from digest.project import Project
from digest.store import reports, stories
from digest.store.reports import ReportState, StoredReport
from tests.builders import NOON, report, story

CONFIG = f"""
database_url = "{{url}}"
now = "{NOON.isoformat()}"

[[newsletters]]
id = "daily"
name = "Daily"
sender = "Daily <daily@example.org>"
postal_address = "1 Example Street"
time = 18:00:00
alert_sources = 3
block = ["flood"]
count_clicks = true
editors = ["ed@example.org"]
{{more}}
"""
PUBLISHERS = ("Example Times", "Example Post", "Gazette")


def break_story(
    project: Project,
    headline: str,
    *,
    topic: str = "space",
    ago: int = 0,
    publishers: tuple[str, ...] = PUBLISHERS,
) -> int:
    """A story that these publishers told, the last of them so many minutes ago; its number.

    Between two of them are ten minutes.
    """
    now = project.clock()
    refs = tuple(SourceRef(name, f"https://{i}.example.org/") for i, name in enumerate(publishers))
    with project.database.write() as connection:
        number = stories.add(
            connection,
            story(
                0,
                headline=headline,
                topic=topic,
                source_count=len(refs),
                sources=refs,
                dropped=None,
                collected_at=now,
            ),
            now,
        )
        for place, ref in enumerate(refs):
            told = report(
                source=f"feed-{place}",
                key=f"{headline} {place}",
                headline=headline,
                sources=(ref,),
                published=now - timedelta(minutes=ago + 10 * place),
            )
            kept = StoredReport(told, features=b"", standing=ReportState.TOLD)
            reports.add(connection, [kept], now, raw_hash=told.key, story_id=number)
        return number
