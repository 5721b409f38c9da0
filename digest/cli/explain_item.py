"""`digest explain URL`: what became of a feed's item."""

from datetime import datetime
from typing import Any

from digest.cli.json_output import say_json
from digest.cli.output import say
from digest.collect.feeds.canonical import canonical
from digest.errors import UsageError
from digest.model import Report
from digest.project import Project
from digest.services.sources.decide import why_old
from digest.store import feeds, reports
from digest.store.feeds import FeedRow
from digest.store.reports import ReportState


def explain_item(project: Project, url: str, *, as_json: bool) -> None:
    """Say what became of each report of this page, and why it was never mailed."""
    with project.database.read() as connection:
        rows = feeds.everything(connection)
        items = [
            _item(report, state, collected_at, story, rows.get(report.source))
            for report, state, collected_at, story in reports.of_url(
                connection, canonical(url) or url
            )
        ]
    if not items:
        raise UsageError(
            f"no feed has told {url}",
            remedy="`digest sources test ID` shows what a feed holds, and what would come of it",
        )
    if as_json:
        say_json({"items": items})
        return
    for item in items:
        say(f"{item['source']}: {item['headline']}")
        say(f"  {item['reason']}")


def _item(
    report: Report,
    state: ReportState,
    collected_at: datetime,
    story: int | None,
    row: FeedRow | None,
) -> dict[str, Any]:
    first_seen = (row.first_seen if row else None) or collected_at
    reason = {
        ReportState.OLD: why_old(report.published, first_seen),
        ReportState.KEPT_BACK: f"kept back, because its source is quarantined; after a look, "
        f"`digest sources release {report.source}`",
        ReportState.NEW: "new; `digest collect` puts it into a story",
    }.get(state, f"in story {story}; `digest explain {story}` says more")
    return {
        "source": report.source,
        "headline": report.headline,
        "url": report.url,
        "standing": state,
        "story": story,
        "reason": reason,
    }
