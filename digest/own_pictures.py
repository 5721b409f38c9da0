"""An operator's own pictures, a logo and a cover: shown as they are, named by what is in them.

Their size is read from the first bytes, without a decoder: every start looks at them.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from digest.model import PictureFile

# With the largest pictures of a lead and of three stories beside, a mail of two logos has 600 KB.
LOGO_BYTES = 60_000
COVER_BYTES = 120_000
LARGEST = 3_000  # pixels of a side
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# The marks of a JPEG before its size (ITU T.81, table B.1), and those that have no length.
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A picture as it is shown, and its bytes."""

    file: PictureFile
    data: bytes = field(repr=False)


def read_own_picture(path: Path, most: int = COVER_BYTES) -> OwnPicture:
    """The picture in a file of `most` bytes; OSError, or ValueError with what is wrong with it."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    is_png = data.startswith(_PNG)
    size = _size_of_png(data) if is_png else _size_of_jpeg(data)
    if size is None:
        raise ValueError("is neither PNG nor JPEG, which every mail program shows")
    if len(data) > most:
        raise ValueError(f"has more than {most // 1000} KB: every mail would show it")
    if not all(0 < side <= LARGEST for side in size):
        raise ValueError(f"is {size[0]} × {size[1]} pixels; {LARGEST} is the longest side")  # noqa: RUF001
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.{'png' if is_png else 'jpg'}"
    return OwnPicture(PictureFile(name, "", *size, size=len(data)), data)


def _size_of_png(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _size_of_jpeg(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG: its segments are passed over until one says them."""
    if not data.startswith(_JPEG):
        return None
    at = len(_JPEG)
    while len(data) >= at + 9 and data[at] == 0xFF:
        mark = data[at + 1]
        if mark in _SIZES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += (
            1 if mark == 0xFF else 2 if mark in _BARE else 2 + int.from_bytes(data[at + 2 : at + 4])
        )
    return None
