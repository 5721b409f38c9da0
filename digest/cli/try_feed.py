"""A look at a feed: what `digest sources test` shows, and what `digest sources add` begins with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from digest.cli.local_times import Tell
from digest.cli.output import say
from digest.feed_trial import SHOWN
from digest.services.sources.decide_items import Decisions, ItemOutcome
from digest.services.sources.status import LONG_SILENCE
from digest.services.sources.try_feed import FetchedFeed
from digest.text import plural, shorten


def say_feed(fetched: FetchedFeed, tell: Tell, now: datetime) -> None:
    """What a feed is: its title, how much it holds, and how fresh that is."""
    title = fetched.reading.title or "without a title"
    newest = tell(fetched.newest) if fetched.newest else "without a date"
    say(f"{fetched.url}: {title}")
    say(f"  {plural(len(fetched.reading.reports), 'item')}, the newest {newest}")
    for fault in fetched.reading.faults:
        say(f"  left out  {fault}")
    if not fetched.reading.reports:
        say("  Nothing can be told of it as long as it has no items.")
    elif fetched.newest and now - fetched.newest > LONG_SILENCE:
        say(f"  It has told nothing for {(now - fetched.newest).days:,} days.")


def say_decisions(decisions: Decisions, pictures: Mapping[str, str], tell: Tell) -> None:
    """What would become of its items, the first of them by name, and why."""
    for decision in decisions.items[:SHOWN]:
        report = decision.item.report
        at = tell(report.published) if report.published else "no date"
        say(f"  {decision.outcome:7}  {at:16}  {shorten(report.headline, 64)}")
        say(f"  {'':7}  {decision.reason}")
        if report.key in pictures:
            say(f"  {'':7}  {pictures[report.key]}")
    remaining = len(decisions.items) - SHOWN
    if remaining > 0:
        say(f"  and {remaining:,} more")
    blocked = sum(decision.outcome is ItemOutcome.BLOCKED for decision in decisions.items)
    if blocked:
        say(f"Its keywords would block {blocked:,} of {plural(len(decisions.items), 'item')}.")
    if decisions.quarantine:
        say(f"It would be quarantined: {decisions.quarantine}.")


def trial_json(
    fetched: FetchedFeed, decisions: Decisions, pictures: Mapping[str, str]
) -> dict[str, Any]:
    """Both for programs."""
    return {
        "url": fetched.url,
        "title": fetched.reading.title,
        "newest": fetched.newest,
        "items": [
            {
                "published": decision.item.report.published,
                "headline": decision.item.report.headline,
                "url": decision.item.report.sources[0].url,
                "outlook": decision.outcome,
                "reason": decision.reason,
                "picture": pictures.get(decision.item.report.key),
            }
            for decision in decisions.items
        ],
        "faults": fetched.reading.faults,
        "suspect": decisions.quarantine,
    }
