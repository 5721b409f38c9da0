"""A small disk that can be full."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE = 400 * 2**20


@dataclass(frozen=True)
class Disk:
    """`is_small`: it is a file system of its own; else the folder is on the machine's disk."""

    folder: Path
    is_small: bool

    def fill(self) -> None:
        """Not a byte is left."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            block = bytes(2**20)
            while True:
                try:
                    ballast.write(block)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    if len(block) == 1:
                        return
                    block = block[: len(block) // 16] or b"\0"

    def make_room(self) -> None:
        """What filled it is gone."""
        (self.folder / "ballast").unlink(missing_ok=True)


@contextmanager
def a_disk(folder: Path) -> Iterator[Disk]:
    """A file system of its own in an empty folder, where this user may mount one."""
    mount = ("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", str(folder))
    is_root = os.geteuid() == 0
    is_small = is_root and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield Disk(folder, is_small)
    finally:
        if is_small:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
