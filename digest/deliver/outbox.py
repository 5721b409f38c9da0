"""The `outbox` backend: a message becomes an .eml file; nothing is sent."""

import asyncio
from pathlib import Path

from digest.atomic_files import PRIVATE_FILE, make_private_folder, write_all_whole
from digest.deliver.backend import ConnectionEnd, Done, Ending, Source, WaitSignal
from digest.error_words import words_of
from digest.model import Envelope, Outcome, Verdict
from digest.rate_limits import RateLimits

# Messages that are written together: they wait for the disk once.
_BATCH = 100


class OutboxBackend:
    """Writes each message under its name: one that is written again takes its own place."""

    name = place = "outbox"
    limits = RateLimits(connections=1)
    window = 2 * _BATCH  # one is written while the next is claimed
    weight = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Write what there is; a message is done when it is on the disk."""
        count = 0
        while True:
            batch, signal = _take(source)
            faults = await asyncio.to_thread(self._write, batch) if batch else {}
            for envelope in batch:
                if envelope.name not in faults:
                    done(envelope, Outcome(Verdict.SENT, f"written to {envelope.name}.eml"))
                    count += 1
            if faults:
                fault = next(iter(faults.values()))
                left = tuple(envelope for envelope in batch if envelope.name in faults)
                return ConnectionEnd(
                    Ending.REFUSED,
                    fault,
                    count,
                    Outcome(Verdict.STOP, fault),
                    not_attempted=left,
                )
            if signal is not None:
                await signal.heard()
            elif len(batch) < _BATCH:
                return ConnectionEnd(Ending.DONE, "all is written", count)

    def hang_up(self) -> None:
        """A file takes no time worth cutting short."""

    def _write(self, batch: list[Envelope]) -> dict[str, str]:
        """Write messages; why not, by the name of each that could not be written."""
        contents = {f"{envelope.name}.eml": envelope.message for envelope in batch}
        try:
            make_private_folder(self._folder)
            faults = write_all_whole(self._folder, contents, mode=PRIVATE_FILE)
        except OSError as error:
            faults = dict.fromkeys(contents, error)
        return {
            name.removesuffix(".eml"): f"{self._folder / name} cannot be written: {words_of(error)}"
            for name, error in faults.items()
        }


def _take(source: Source) -> tuple[list[Envelope], WaitSignal | None]:
    """What there is now, up to a batch, and what rings when there is more.

    Fewer than a batch and no signal: there is no more.
    """
    batch: list[Envelope] = []
    while len(batch) < _BATCH:
        given = source()
        if given is None:
            break
        if isinstance(given, WaitSignal):
            return batch, given
        batch.append(given)
    return batch, None
