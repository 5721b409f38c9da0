"""How well letters of a corpus are read whose outcome is known.

    python -m tests.bench.bounces FOLDER [--half even|odd] [--names]

FOLDER has the letters and `expected.csv` with the columns file, status, reason, hard (1 or 0); the
reasons feedback, vacation and delivered are no bounces. A line `Delivered-To` with an address that
we signed is put before each letter, since no letter without one counts. Printed are how many were
read as what they are, in how many of these hard or soft agrees, the letters that would cost
somebody their subscription without cause, and the processor time of the dearest. `--half` takes
every second letter, by a checksum of its name: develop on one half and report the other.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.report import read_bounce
from digest.model import Bounce, BounceKind
from digest.render.links import Links

LINKS = Links("https://news.example.org", "a key", "leave@example.org", "bounces@example.org")
COLUMNS = ("file", "reason", "hard")
RIGHT_KINDS = {
    "feedback": {BounceKind.COMPLAINT, BounceKind.NOTICE},
    "vacation": {BounceKind.AUTO_REPLY},
    "delivered": {BounceKind.NOTICE},
}
FAILURES = {BounceKind.HARD, BounceKind.SOFT, BounceKind.DELAYED}


@dataclass(frozen=True, slots=True)
class Known:
    """A letter whose outcome is known."""

    file: Path
    reason: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What was made of a letter, and in how many seconds of the processor."""

    known: Known
    bounce: Bounce
    seconds: float

    @property
    def is_read(self) -> bool:
        """Whether it was taken for what it is: a failure, or something else."""
        return self.bounce.kind in RIGHT_KINDS.get(self.known.reason, FAILURES)

    @property
    def agrees(self) -> bool:
        """Whether it is hard if, and only if, it should be."""
        return self.is_read and (self.bounce.kind is BounceKind.HARD) == self.known.hard

    @property
    def is_wrongly_hard(self) -> bool:
        """Whether it would cost somebody the subscription without cause."""
        return self.bounce.kind is BounceKind.HARD and not self.known.hard


def read_expected(folder: Path) -> list[Known]:
    """The letters that expected.csv names; a ValueError says what is missing."""
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := set(COLUMNS) - set(rows.fieldnames or ()):
            raise ValueError(f"{file.name}: no column {', '.join(sorted(missing))}")
        return [Known(folder / row["file"], row["reason"], row["hard"] == "1") for row in rows]


def measure(known: Known) -> Result:
    """Read one letter."""
    tag = LINKS.return_path()
    seals = SignedAddresses(tag.read, partial(LINKS.read_token, "unsubscribe"))
    content = known.file.read_bytes()
    ends = "\r\n" if b"\r\n" in content[:2000] else "\n"
    signed = f"Delivered-To: {tag.address(12, 7)}{ends}".encode() + content
    begin = time.process_time()
    bounce = read_bounce(signed, seals)
    return Result(known, bounce, time.process_time() - begin)


def tell(results: Sequence[Result], *, names: bool) -> None:
    """Print the figures; with `names`, each letter that was not read or not judged as expected."""
    for each in sorted(results, key=lambda each: each.known.file) if names else ():
        if not each.agrees:
            known, bounce = each.known, each.bounce
            print(f"{known.file.name}: {known.reason}, {'hard' if known.hard else 'not hard'}; "
                  f"read as {bounce.kind} {bounce.status}: {bounce.reason}")  # fmt: skip
    read = [each for each in results if each.is_read]
    agreeing = sum(each.agrees for each in read)
    dearest = max(results, key=lambda each: each.seconds)
    print(f"{len(results)} letters")
    print(f"read {len(read)} ({len(read) / len(results):.1%})")
    print(f"hard or soft agrees in {agreeing} ({agreeing / len(read):.1%} of the read, "
          f"{agreeing / len(results):.1%} of all)")  # fmt: skip
    print(f"wrongly hard {sum(each.is_wrongly_hard for each in results)}")
    print(f"the dearest letter {dearest.seconds:.3f} s: {dearest.known.file.name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--names", action="store_true")
    options = parser.parse_args()
    try:
        letters = read_expected(options.folder)
    except (OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    if options.half:
        wanted = options.half == "odd"
        letters = [each for each in letters if crc32(each.file.name.encode()) % 2 == wanted]
    tell([measure(each) for each in letters], names=options.names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
