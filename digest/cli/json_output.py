"""The JSON that several commands print, each key by its name: programs rely on them.

What one command alone prints is put together in that command's file.
"""

import json
from collections.abc import Iterable
from textwrap import indent
from typing import TYPE_CHECKING, Any

from digest.cli.output import say
from digest.model import Finding

if TYPE_CHECKING:
    from digest.services.delivery.report import IssueReport, RunReport
    from digest.services.sources.fetch_summary import FetchSummary
    from digest.services.sources.status import SourceStatus
    from digest.services.stories.files import CollectResult
    from digest.store.rejections import Rejection


def say_json(value: object) -> None:
    """One JSON document."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say_json_list(key: str, items: Iterable[object]) -> None:
    """The same of an object with one list, each item as soon as it is there."""
    say(f'{{\n  "{key}": [')
    last = ""
    for item in items:
        if last:
            say(f"{last},")
        text = json.dumps(item, indent=2, ensure_ascii=False, default=str)
        last = indent(text, "    ")
    if last:
        say(last)
    say("  ]\n}")


def collected_json(collected: "CollectResult") -> dict[str, Any]:
    """What was collected, with the files behind the numbers."""
    return {
        "collected": collected.collected,
        "updated": collected.updated,
        "duplicates": len(collected.duplicates),
        "held": len(collected.held),
        "rejected": [
            {"file": item.file, "line": item.line, "reason": item.reason}
            for item in collected.rejected
        ],
        "duplicate_files": [{"file": file, "same_as": same} for file, same in collected.duplicates],
        "held_files": [{"file": item.file, "until": item.until} for item in collected.held],
        "updates": collected.merged.updates,
        "feeds": _feeds_json(collected.feeds),
    }


def _feeds_json(feeds: "FetchSummary") -> dict[str, Any]:
    return {
        "asked": feeds.asked,
        "unchanged": feeds.unchanged,
        "reports": feeds.reports,
        "kept_back": feeds.kept_back,
        "blocked": feeds.blocked,
        "faults": feeds.faults,
        "troubles": [
            {"source": problem.source, "reason": problem.reason, "quarantined": problem.quarantined}
            for problem in feeds.problems
        ],
    }


def issue_json(issue: "IssueReport") -> dict[str, Any]:
    """Where an issue stands."""
    return {
        "id": issue.id,
        "newsletter": issue.newsletter,
        "date": issue.date,
        "state": issue.state,
        "reason": issue.reason,
        "subject": issue.subject,
        "stories": issue.stories,
        "topics": issue.topics,
        "deliveries": issue.deliveries,
        "in_doubt": issue.in_doubt,
        "later_on": issue.later_on,
        "last_due_at": issue.last_due_at,
        "sealed_at": issue.sealed_at,
        "finished_at": issue.finished_at,
        "overdue": issue.overdue,
        "overdue_since": issue.overdue_since,
        "refusal": issue.refusal,
    }


def run_json(outcome: "RunReport") -> dict[str, Any]:
    """What a round did; a key that has nothing to tell is left out."""
    document: dict[str, Any] = {}
    if outcome.collect is not None:
        document["collect"] = collected_json(outcome.collect)
    document["issues"] = [issue_json(issue) for issue in outcome.issues]
    if outcome.planned:
        from digest.cli.dry_run import plan_json

        document["recipients"] = [plan_json(planned) for planned in outcome.planned]
    if outcome.stopped:
        document["stopped"] = outcome.stopped.reason
        document["stopped_by"] = str(outcome.stopped.kind)
        document["left"] = outcome.left
    if outcome.given_up:
        document["given_up"] = [
            {
                "issue": issue.issue,
                "newsletter": issue.newsletter,
                "date": issue.date,
                "subscribers": issue.subscribers,
                "after": issue.after,
            }
            for issue in outcome.given_up
        ]
    if outcome.refused:
        document["refused"] = [
            {
                "issue": issue.issue,
                "newsletter": issue.newsletter,
                "date": issue.date,
                "messages": issue.messages,
                "reply": issue.reply,
            }
            for issue in outcome.refused
        ]
    if outcome.stranded:
        document["stranded"] = [
            {
                "issue": issue.issue,
                "newsletter": issue.newsletter,
                "subscribers": issue.subscribers,
                "until": issue.until,
            }
            for issue in outcome.stranded
        ]
    return document


def finding_json(finding: Finding) -> dict[str, Any]:
    """One thing that was looked at."""
    return {
        "place": finding.place,
        "level": finding.level,
        "detail": finding.detail,
        "remedy": finding.remedy,
    }


def source_json(status: "SourceStatus") -> dict[str, Any]:
    """Where a source stands."""
    return {
        "id": status.id,
        "kind": status.kind,
        "added_by": status.added_by or None,
        "place": status.place,
        "title": status.title,
        "state": status.state,
        "reason": status.reason,
        "since": status.since,
        "last_success": status.last_success,
        "last_error": status.last_error,
        "next_fetch": status.next_fetch,
        "stories": status.stories,
        "kept_back": status.kept_back,
        "blocked": status.blocked,
        "remedy": status.remedy,
    }


def rejection_json(rejection: "Rejection") -> dict[str, Any]:
    """A rejected file."""
    return {
        "source": rejection.source,
        "file": rejection.file,
        "line": rejection.line,
        "reason": rejection.reason,
        "since": rejection.since,
    }
