"""The `outbox` backend: a message becomes an .eml file; nothing is sent."""

import asyncio
import os
from pathlib import Path

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source, envelopes
from digest.model import Envelope, Outcome, Verdict
from digest.rate_limits import RateLimits


class OutboxBackend:
    """Writes each message under its name: one that is written again takes its own place."""

    name = place = "outbox"
    limits = RateLimits(connections=1)
    weight = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        """Write what there is."""
        count = 0
        async for envelope in envelopes(source):
            fault = self._write(envelope)
            if fault is not None:
                return ConnectionEnd(
                    Ending.REFUSED,
                    fault,
                    count,
                    Outcome(Verdict.STOP, fault),
                    not_attempted=(envelope,),
                )
            done(envelope, Outcome(Verdict.SENT, f"written to {envelope.name}.eml"))
            count += 1
            await asyncio.sleep(0)  # lets the results be written in the meantime
        return ConnectionEnd(Ending.DONE, "all is written", count)

    def hang_up(self) -> None:
        """A file takes no time worth cutting short."""

    def _write(self, envelope: Envelope) -> str | None:
        """Write a message; a half-written file never bears its name."""
        path = self._folder / f"{envelope.name}.eml"
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(envelope.message)
            part.replace(path)
        except OSError as error:
            return f"{path} cannot be written: {error.strerror}"
        return None
