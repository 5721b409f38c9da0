"""`digest explain URL`: what became of a feed's item."""

from typing import Any

from digest.cli.json_output import say_json
from digest.cli.output import say
from digest.collect.feeds.canonical import canonical
from digest.errors import UsageError
from digest.project import Project
from digest.services.sources.decide_items import why_old
from digest.store import feeds, reports
from digest.store.feeds import FeedRow
from digest.store.reports import ReportOnRecord, ReportState


def explain_item(project: Project, url: str, *, as_json: bool) -> None:
    """Say what became of each report of this page, and why it was never mailed."""
    with project.database.read() as connection:
        rows = feeds.everything(connection)
        items = [
            _item(stored, rows.get(stored.report.source))
            for stored in reports.of_url(connection, canonical(url) or url)
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


def _item(found: ReportOnRecord, row: FeedRow | None) -> dict[str, Any]:
    report, first_seen = found.report, (row.first_seen if row else None) or found.collected_at
    reason = {
        ReportState.OLD: why_old(report.published, first_seen),
        ReportState.KEPT_BACK: f"kept back, because its source is quarantined; after a look, "
        f"`digest sources release {report.source}`",
        ReportState.BLOCKED: f"{found.reason}, in the list of its source; "
        f"`digest keywords restore {found.id}` tells it after all",
        ReportState.NEW: "new; `digest collect` puts it into a story",
    }.get(found.standing, f"in story {found.story_id}; `digest explain {found.story_id}` says more")
    return {
        "source": report.source,
        "headline": report.headline,
        "url": report.url,
        "standing": found.standing,
        "story": found.story_id,
        "reason": reason,
    }
