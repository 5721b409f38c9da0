"""A drop folder: walks it and reads each story file, whatever else lies there.

Files are only read, never moved: a story is used up when an issue is sealed (promise 1), and
what cannot be read stays where it is, named.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from digest.collect.files.picture_file import picture_beside
from digest.collect.files.result import Held, ReadStory, Rejected, Unchanged, UnreadableError
from digest.collect.lengths import MAX_BYTES
from digest.error_words import words_of
from digest.version import software_version

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEFT_ALONE = re.compile(
    r"^\.|^~\$|~$|^#.*#$|\.(?:sw[a-z]|tmp|part|bak|png|jpe?g|gif|webp|avif|svg)$", re.IGNORECASE
)
_MAX_DEPTH = 50

Item = ReadStory | Unchanged | Held | Rejected


def read_folder(
    root: Path,
    *,
    source: str,
    today: date,
    hashes: Mapping[str, str],
    rejected: Mapping[str, Rejected] | None = None,
    day: date | None = None,
    last: date | None = None,
) -> Iterator[Item]:
    """Every story file below `root`, in the order of their names, as one result each.

    `hashes` are those of what was read before, by key; that is not parsed again. What is hashed
    is the bytes, and the name of the picture that lies beside the file. Nor are those parsed that
    were `rejected` before, by file: what cannot be read may be dear to read.

    A folder named as a date is the day of its stories, elsewhere it is `day`; a story that says of
    itself that it is of after today is of that day. What is of after `last` (today) is held. A file
    that was moved is known by its bytes.
    """
    fault = _fault_of(root)
    if fault is not None:
        yield Rejected(_printable(root), None, fault)
        return
    inside = root.resolve()
    paths = list(_walk(root, inside, folders_above=frozenset([inside])))
    there = {_printable(path.relative_to(root)) for path, _, _ in paths}
    moved = {raw_hash: key for key, raw_hash in hashes.items() if key not in there}
    reading = _FolderReading(root, source, today, last or today, hashes, moved, rejected or {}, day)
    for path, fault, beside in paths:
        if fault is not None:
            yield Rejected(_printable(path), None, fault)
        else:
            yield reading.read(path, beside)


def _fault_of(root: Path) -> str | None:
    try:
        if stat.S_ISDIR(root.stat().st_mode):
            return None
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        return f"cannot be opened: {words_of(error)}"
    return "no such folder: make it, or mend config/sources.toml"


@dataclass(frozen=True, slots=True)
class _FolderReading:
    """Reads the files of one folder; its fields are what `read_folder` was called with.

    `moved` has the keys of known files that are gone, by hash.
    """

    root: Path
    source: str
    today: date
    last: date
    hashes: Mapping[str, str]
    moved: Mapping[str, str]
    rejected: Mapping[str, Rejected]
    day: date | None

    def read(self, path: Path, beside: str | None) -> Item:
        """A file, with the name of the picture that lies beside it."""
        relative = path.relative_to(self.root)
        name, key = _printable(path), _printable(relative)
        rejected_hash = ""
        try:
            dropped = _day_of(relative) or self.day
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            raw_hash = hashlib.sha256(
                data + (f"\0{beside}".encode() if beside else b"")
            ).hexdigest()
            before_move = None if key in self.hashes else self.moved.get(raw_hash)
            collected_as = key if key in self.hashes else before_move
            if dropped is not None and dropped > self.last:
                return Held(name, dropped, key, collected_as)
            if self.hashes.get(key) == raw_hash:
                return Unchanged(name)
            rejected_hash = hashlib.sha256(f"{software_version()} {raw_hash}".encode()).hexdigest()
            before = self.rejected.get(name)
            if before is not None and before.raw_hash == rejected_hash:
                return before
            from digest.collect.files.story_file import read_story  # most files are old

            report = read_story(data, source=self.source, key=key, dropped=dropped, beside=beside)
        except UnreadableError as error:
            return Rejected(name, error.line, error.reason, rejected_hash)
        except OSError as error:
            return Rejected(name, None, f"cannot be read: {words_of(error)}")
        dated = report.dated or self.today
        if dated > self.today:
            # As if it lay in the folder of that day.
            report = replace(report, dropped=max(dated, dropped or dated))
        read = ReadStory(name, raw_hash, report, before_move)
        return Held(name, dated, key, collected_as) if dated > self.last else read


def _walk(
    folder: Path, inside: Path, folders_above: frozenset[Path]
) -> Iterator[tuple[Path, str | None, str | None]]:
    """Files with None and the picture beside each; what is no file of this folder with why."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield folder, f"cannot be opened: {words_of(error)}", None
        return
    names = {entry.name.lower(): entry.name for entry in entries if entry.name.isprintable()}
    for entry in entries:
        path = folder / entry.name
        if _LEFT_ALONE.search(entry.name):
            continue
        fault, is_folder = _inspect(entry, path, inside)
        if fault is None and is_folder:
            real = path.resolve()
            if real in folders_above:
                fault = "this link leads round in a circle"
            elif len(folders_above) > _MAX_DEPTH:
                fault = f"more than {_MAX_DEPTH} folders inside each other"
            else:
                yield from _walk(path, inside, folders_above | {real})
                continue
        yield path, fault, picture_beside(entry.name, names)


def _inspect(entry: os.DirEntry[str], path: Path, inside: Path) -> tuple[str | None, bool]:
    """Why a path is not to be read, if so, and whether it is a folder."""
    try:
        status = path.stat()
        leaves = entry.is_symlink() and not path.resolve(strict=True).is_relative_to(inside)
    except OSError as error:
        if entry.is_symlink():
            return "this link leads nowhere", False
        return f"cannot be read: {words_of(error)}", False
    fault = None
    if leaves:
        fault = "this link leaves the folder: put the file itself here"
    elif stat.S_ISDIR(status.st_mode):
        return None, True
    elif not stat.S_ISREG(status.st_mode):
        fault = "not a file"
    elif status.st_size > MAX_BYTES:
        fault = f"over 1 MB ({status.st_size:,} bytes): this cannot be one story"
    return fault, False


def _day_of(relative: Path) -> date | None:
    """The date of the outermost folder that is named as one."""
    for part in relative.parts[:-1]:
        if _DATED.fullmatch(part):
            try:
                return date.fromisoformat(part)
            except ValueError as error:
                raise UnreadableError(
                    None, f"the folder {part} is not a date that exists"
                ) from error
    return None


def _printable(path: Path) -> str:
    """A path as text that can be stored and shown, also where its name is not UTF-8."""
    name = os.fsencode(path).replace(b"\\", b"\\\\")
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
