"""Where pictures are kept: a folder of files, each named by what is in it, that never change."""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from digest.atomic_files import PRIVATE_FILE, make_private_folder, write_all_whole

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif"}
NAME = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp|avif)")


def type_of(name: str) -> str:
    """What a file of ours is, by its name."""
    return _TYPES[name.rpartition(".")[2]]


class PictureFolder:
    """The pictures of a project, in `var/pictures`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, files: Mapping[str, bytes]) -> None:
        """Keep files by name; those that are there are the same. OSError where that cannot be.

        They are as young as new ones from then on: nobody may take them for forgotten.
        """
        make_private_folder(self.folder)
        new = {}
        for name, data in files.items():
            try:
                os.utime(self.folder / name)
            except FileNotFoundError:
                new[name] = data
        for fault in write_all_whole(self.folder, new, mode=PRIVATE_FILE).values():
            raise fault

    def read(self, name: str) -> bytes | None:
        """The bytes of a picture; None where they are not there, or cannot be read."""
        path = self.path(name)
        try:
            return path.read_bytes() if path else None
        except OSError:
            return None

    def older_than(self, moment: datetime) -> Iterator[Path]:
        """The files that were last put there before a moment of the machine's own time."""
        for path in self.folder.iterdir():
            if NAME.fullmatch(path.name) and path.stat().st_mtime < moment.timestamp():
                yield path

    def path(self, name: str) -> Path | None:
        """The file of a name; None where it is no name of ours, or not there."""
        path = self.folder / name
        return path if NAME.fullmatch(name) and path.is_file() else None
