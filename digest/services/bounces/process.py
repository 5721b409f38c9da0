"""What comes back: messages are read, kept once, and put away, in this order.

A message is put away only after what it says is in the database: killed at any moment, nothing is
lost, and what is read twice counts once.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path

import sqlalchemy as sa

from digest.atomic_files import PRIVATE_FILE, make_private_folder, write_whole
from digest.clock import Clock
from digest.deliver.bounces.mailboxes import ReturnedMail
from digest.error_words import words_of
from digest.errors import DigestError
from digest.model import Bounce, BounceKind
from digest.services.bounces import suppress
from digest.services.bounces.suppress import BounceOutcome, SuppressionRules
from digest.store import comments
from digest.store.database import Database
from digest.text import mask_addresses

# Messages whose contents are kept in one transaction.
BATCH = 100


@dataclass(frozen=True, slots=True)
class SuppressedAddress:
    """An address that gets nothing more because of what came back; masked."""

    address: str
    kind: BounceKind
    reason: str


@dataclass(frozen=True, slots=True)
class PutAside:
    """A message that a person must look at: where it is, and why."""

    file: Path
    kind: BounceKind
    reason: str


@dataclass(slots=True)
class BounceReport:
    """What one reading did; what is `about_nobody` concerns no subscriber any more."""

    read: int = 0
    read_before: int = 0
    about_nobody: int = 0
    counts: Counter[BounceKind] = field(default_factory=Counter)
    suppressed: list[SuppressedAddress] = field(default_factory=list)
    put_aside: list[PutAside] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A message that was read: what remains of it in memory."""

    message_hash: str
    bounce: Bounce
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class BounceProcessor:
    """Reads messages by `read_message`; what it cannot use goes to the folder `unreadable`."""

    database: Database
    read_message: Callable[[bytes], Bounce]
    rules: SuppressionRules
    unreadable: Path
    clock: Clock

    def process(
        self,
        messages: Iterable[ReturnedMail],
        *,
        dry_run: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> BounceReport:
        """Read all messages. A dry run changes nothing, in the database or in the mailbox.

        Asked to stop, it reads no further message and keeps what it has.
        """
        report = BounceReport()
        begin = self.database.rehearsal if dry_run else self.database.write
        waiting = takewhile(lambda _: not should_stop(), messages)
        opened_messages = (self._open(message, report, dry_run=dry_run) for message in waiting)
        while batch := list(islice(opened_messages, BATCH)):
            with begin() as connection:
                for opened in batch:
                    self._record(connection, opened, report)
            if not dry_run:
                for opened in batch:
                    opened.done()
        return report

    def _open(self, message: ReturnedMail, report: BounceReport, *, dry_run: bool) -> _Opened:
        message_hash = hash_of(message.content)
        bounce = self.read_message(message.content)
        report.read += 1
        if bounce.kind in (BounceKind.UNREADABLE, BounceKind.UNSIGNED):
            file = self.unreadable / f"{message_hash[:32]}.eml"
            report.put_aside.append(PutAside(file, bounce.kind, bounce.reason))
            if not dry_run:
                _write(file, message.content)
        return _Opened(message_hash, bounce, message.done)

    def _record(self, connection: sa.Connection, opened: _Opened, report: BounceReport) -> None:
        bounce = opened.bounce
        if bounce.comment is not None and not comments.add_once(
            connection, bounce.comment, self.clock()
        ):
            report.read_before += 1
            return
        if bounce.about is None:
            report.counts[bounce.kind] += 1
            return
        effect = suppress.record_bounce(
            connection, opened.message_hash, bounce, self.clock(), self.rules
        )
        if effect.result is BounceOutcome.KNOWN:
            report.read_before += 1
        elif effect.result is BounceOutcome.GONE:
            report.about_nobody += 1
        else:
            report.counts[bounce.kind] += 1
        if effect.suppressed and effect.email is not None:
            address = mask_addresses(effect.email)
            report.suppressed.append(SuppressedAddress(address, bounce.kind, bounce.reason))


def hash_of(content: bytes) -> str:
    """Names a message: the same by whatever way it comes, with a line `From ` or without."""
    text = content.replace(b"\r\n", b"\n")
    if text.startswith(b"From "):
        text = text.partition(b"\n")[2]
    return hashlib.sha256(text.rstrip(b"\n")).hexdigest()


def _write(file: Path, content: bytes) -> None:
    """Keep a message; it holds addresses, so it is for its owner alone."""
    try:
        make_private_folder(file.parent)
        write_whole(file, content, mode=PRIVATE_FILE)
    except OSError as error:
        raise DigestError(f"{file} cannot be written: {words_of(error)}") from error
