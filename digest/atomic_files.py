"""Files that are written whole: whoever reads one finds all of it, or what was there before."""

import os
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

# The disk writes what several ask for at a time together: with 8, ten times as many a second.
_AT_ONCE = 8


def write_whole(path: Path, data: bytes, *, mode: int | None = None, sync: bool = True) -> None:
    """Put `data` in the place of a file, at once; OSError leaves all as it was.

    `mode` is None for that of the file that is there, or else what the umask leaves. With `sync`
    it is on the disk when this returns, and a power cut does not take it back.
    """
    with replacing(path, mode=mode, sync=sync) as part:
        part.write_bytes(data)


def write_all_whole(
    folder: Path, contents: Mapping[str, bytes], *, mode: int | None = None
) -> dict[str, OSError]:
    """Write files of one folder, by their names; those that could not be written, and why.

    The others are on the disk when this returns.
    """

    def write(name: str) -> OSError | None:
        try:
            with _beside(folder / name, mode, sync=True) as part:
                part.write_bytes(contents[name])
        except OSError as error:
            return error
        return None

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        faults = dict(zip(contents, threads.map(write, contents), strict=True))
    try:
        sync_folder(folder)
    except OSError as error:
        return dict.fromkeys(contents, error)
    return {name: fault for name, fault in faults.items() if fault is not None}


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Make a file that is not there yet, whole and on the disk; FileExistsError where it is.

    Of several processes that do so at once, one makes it.
    """
    part = _new_beside(path, mode)
    try:
        part.write_bytes(data)
        _sync(part)
        path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def replacing(path: Path, *, mode: int | None = None, sync: bool = True) -> Iterator[Path]:
    """An empty file beside `path` to write to, which takes its place at the end; see write_whole.

    Where anything fails on the way it is removed, and what was there stays.
    """
    with _beside(path, mode, sync=sync) as part:
        yield part
    if sync:
        sync_folder(path.parent)


@contextmanager
def _beside(path: Path, mode: int | None, *, sync: bool) -> Iterator[Path]:
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o7777
    part = _new_beside(path, 0o666 if mode is None else mode)
    try:
        yield part
        if mode is not None:
            part.chmod(mode)  # whatever the umask took of it
        if sync:
            _sync(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _new_beside(path: Path, mode: int) -> Path:
    """An empty file with a name that nobody else takes."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    return part


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    _sync(folder, os.O_DIRECTORY)


def _sync(path: Path, flags: int = 0) -> None:
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Make a folder, with those above it, that its owner alone can enter; one that is there too."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    make_private(folder)


def make_private(path: Path) -> None:
    """Take what others than its owner may do with a file or folder; what is not ours stays."""
    try:
        mode = path.stat().st_mode & 0o7777
        if mode & 0o077:
            path.chmod(mode & 0o700)
    except (FileNotFoundError, PermissionError):
        pass  # `digest check` says so


def open_to_others(path: Path) -> bool:
    """Whether others than its owner may do anything with a file or folder that is there."""
    return path.exists() and bool(path.stat().st_mode & 0o077)
