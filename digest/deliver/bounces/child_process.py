"""A process that reads letters of strangers: one that is too dear costs itself alone."""

from collections.abc import Callable

from digest.bounded_process import BoundedProcess, Bounds, TooDear
from digest.model import Bounce, BounceKind

# Seconds of the processor for a letter: none of a mail system's takes a tenth of one.
SECONDS = 2
_MEMORY = 1 << 30

ReadLetter = Callable[[bytes], Bounce]


class LetterProcess(BoundedProcess[Bounce]):
    """Reads letters by `read_letter` (pickled) in a process started for the first one."""

    def __init__(self, read_letter: ReadLetter) -> None:
        super().__init__(read_letter, Bounds(SECONDS, _MEMORY))

    def __call__(self, content: bytes) -> Bounce:
        """What a letter means; one that cannot be read within the bounds is unreadable."""
        bounce = self.ask(content)
        if isinstance(bounce, TooDear):
            reason = f"reading it takes more than {SECONDS} seconds of the processor, or the memory"
            return Bounce(BounceKind.UNREADABLE, reason=reason)
        return bounce
