"""What becomes of each item that a feed told: decided once, for collecting and for a trial; pure.

names known before --match_reports--> known, changed or new
dates              --is_fresh-------> new or old
keywords           --removal--------> new or blocked
history            --judge----------> new or kept back
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.collect.feeds.dates import is_fresh
from digest.collect.feeds.matching import Known, SameReport, UpdatedReport, match_reports
from digest.collect.feeds.quarantine import History, judge
from digest.keywords import KeywordText, Removal, keyword_filter, keyword_text
from digest.model import Report

if TYPE_CHECKING:
    from digest.services.sources.read_feed import ReadReport


class ItemOutcome(StrEnum):
    """What becomes of an item."""

    NEW = "new"
    OLD = "old"  # known from now on, and never told: it was there before its source was added
    BLOCKED = "blocked"  # by the keywords of its source
    KEPT_BACK = "kept back"  # its source is quarantined
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """What is known of a feed before its answer is judged.

    `first_seen` is when it was first read, or now; `known` are the names of all that it ever told.
    """

    first_seen: datetime
    known: Sequence[Known] = ()
    history: History = field(default_factory=History)
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one item, and why, as half a sentence.

    The report of an item that is known has the key under which it is kept.
    """

    item: "ReadReport"
    outcome: ItemOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """One decision for each item, in the feed's order; and why its source is to be quarantined."""

    items: tuple[Decision, ...]
    quarantine: str | None = None


@dataclass(frozen=True, slots=True)
class SourceKeywords:
    """What a source's lists let through. `topics` name the topic of what names none of ours."""

    block: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def removal(self, report: Report) -> Removal | None:
        """Why an item is not told, None where it may be."""
        if not self.block and not self.keep:
            return None
        return keyword_filter(self.block, self.keep).removal(self.text_of(report))

    def text_of(self, report: Report) -> KeywordText:
        """What keywords see of an item."""
        return keyword_text(
            report.headline,
            (*report.bullets, report.summary),
            (source.name for source in report.sources),
            (report.topic, *self.topics) if report.topic else self.topics,
        )


def decide(
    items: Sequence["ReadReport"],
    record: FeedRecord,
    *,
    now: datetime,
    backlog: timedelta,
    keywords: SourceKeywords = SourceKeywords(),
) -> Decisions:
    """What becomes of the items of one fetch; `backlog` is how old a new source's news may be."""
    decisions: list[Decision] = []
    matches = match_reports(record.known, [(item.report, item.names) for item in items])
    for match, item in zip(matches, items, strict=True):
        published = match.report.published
        fresh = is_fresh(published, first_seen_source=record.first_seen, now=now, backlog=backlog)
        reason: str = match.rule
        if isinstance(match, SameReport):
            outcome = ItemOutcome.KNOWN
        elif isinstance(match, UpdatedReport):
            outcome = ItemOutcome.CHANGED
        elif not fresh:
            outcome, reason = ItemOutcome.OLD, why_old(published, record.first_seen)
        elif (removal := keywords.removal(match.report)) is not None:
            outcome, reason = ItemOutcome.BLOCKED, str(removal)
        else:
            outcome = ItemOutcome.NEW
        decisions.append(Decision(replace(item, report=match.report), outcome, reason))
    return _with_quarantine(decisions, record, now)


def why_old(published: datetime | None, first_seen: datetime) -> str:
    """Why an item is never mailed that was there before its source was added; half a sentence."""
    added = f"its source was first read at {first_seen:%Y-%m-%d %H:%M} UTC"
    if published is None:
        return f"never mailed, because it has no date and was there when {added}"
    return f"never mailed, because it is of {published:%Y-%m-%d %H:%M} UTC, and {added}"


def _with_quarantine(decisions: list[Decision], record: FeedRecord, now: datetime) -> Decisions:
    """The decisions, the new items kept back where their source is suspect, or is so from now."""
    suspect = None
    if not record.quarantined:
        new = [
            decision.item.report for decision in decisions if decision.outcome is ItemOutcome.NEW
        ]
        suspect = judge(record.history, new, now)
        if suspect is None:
            return Decisions(tuple(decisions))
    reason = suspect.reason if suspect else "its source is quarantined"
    kept_back = tuple(
        replace(decision, outcome=ItemOutcome.KEPT_BACK, reason=reason)
        if decision.outcome is ItemOutcome.NEW
        else decision
        for decision in decisions
    )
    return Decisions(kept_back, suspect.reason if suspect else None)
