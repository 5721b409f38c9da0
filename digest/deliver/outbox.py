"""The `outbox` backend: a message becomes an .eml file; nothing is sent."""

import os
from pathlib import Path

from digest.errors import DigestError
from digest.model import Envelope, Outcome, Verdict


class OutboxBackend:
    """Writes each message under its name: one that is written again takes its own place."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DigestError(
                f"the outbox {self._folder} cannot be made: {error.strerror}",
                remedy="mend outbox.folder or the folder's permissions",
            ) from error

    def send(self, envelope: Envelope) -> Outcome:
        """Write the message; a half-written file never bears the name."""
        path = self._folder / f"{envelope.name}.eml"
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_bytes(envelope.message)
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            return Outcome(Verdict.STOP, f"{path} cannot be written: {error.strerror}")
        return Outcome(Verdict.SENT, f"written to {path.name}")

    def close(self) -> None:
        """Nothing is held open."""
