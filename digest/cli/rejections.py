"""How commands tell of rejected story files: `run --quiet` each once, `status` all of them."""

from collections.abc import Sequence

from digest.cli.local_times import Tell
from digest.cli.output import note, say
from digest.services.stories.files import CollectResult
from digest.store.rejections import Rejection
from digest.text import plural


def note_new(collected: CollectResult) -> None:
    """A note for each file that is rejected since, or otherwise than, the last time."""
    for rejection in collected.newly_rejected:
        note(f"Rejected: {rejection}")
    if collected.newly_rejected:
        note("Remedy: mend it or take it out; the other stories are mailed without it.")
        note("This is not said again; `digest status` does.")


def say_rejected(rejections: Sequence[Rejection], tell: Tell, most: int) -> None:
    """How many files are rejected, and `most` of them with reason and time."""
    if rejections:
        say()
        verb = "is" if len(rejections) == 1 else "are"
        say(f"{plural(len(rejections), 'story file')} {verb} rejected:")
    for rejection in rejections[:most]:
        say(f"  {rejection}")
        say(f"    since {tell(rejection.since)}")
    if len(rejections) > most:
        say(f"  and {len(rejections) - most:,} more: see `digest collect`")
