"""How commands tell of rejected story files: `run --quiet` each once, `status` all of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from digest.cli.output import note, plural, say
from digest.cli.sources import moment
from digest.services.stories.files import CollectResult
from digest.store.rejections import Rejection


def note_news(collected: CollectResult) -> None:
    """A note for each file that is rejected since, or otherwise than, the last time."""
    for each in collected.newly_rejected:
        note(f"Rejected: {each}")
    if collected.newly_rejected:
        note("Remedy: mend it or take it out; the other stories are mailed without it.")
        note("This is not said again; `digest status` does.")


def rejection_json(rejection: Rejection) -> dict[str, Any]:
    """A rejected file for programs."""
    return {name: value for name, value in asdict(rejection).items() if name != "raw_hash"}


def say_rejected(found: Sequence[Rejection], zone: ZoneInfo, most: int) -> None:
    """How many files are rejected, and `most` of them with reason and time."""
    if found:
        say()
        verb = "is" if len(found) == 1 else "are"
        say(f"{plural(len(found), 'story file')} {verb} rejected:")
    for each in found[:most]:
        say(f"  {each}")
        say(f"    since {moment(each.since, zone)}")
    if len(found) > most:
        say(f"  and {len(found) - most:,} more: see `digest collect`")
