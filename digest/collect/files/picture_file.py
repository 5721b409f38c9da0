"""A picture's file in a drop folder: its name, and the guard on its path.

Whoever may drop a story must not read the machine's other files by it: a path stays below the
folder, also where links lead.
"""

import re
from collections.abc import Mapping
from pathlib import Path

ENDINGS = ("jpg", "jpeg", "png", "webp", "avif", "gif")
_PATH = re.compile(
    rf"(?!/)(?:(?!\.{{1,2}}/)[^/\\\x00-\x1f:]+/)*[^/\\\x00-\x1f:]+\.(?:{'|'.join(ENDINGS)})",
    re.IGNORECASE,
)
_FOCUS = re.compile(r"(?P<left>[0-9]{1,3})%?[ ,]+(?P<top>[0-9]{1,3})%?")


def is_picture_path(text: str) -> bool:
    """Whether it is a path of a picture, relative, that leads nowhere up."""
    return _PATH.fullmatch(text) is not None


def read_focus(text: str) -> tuple[int, int] | None:
    """Percent from the left and from the top, as `70% 20%` says them."""
    match = _FOCUS.fullmatch(text)
    left, top = (int(match["left"]), int(match["top"])) if match else (101, 101)
    return (left, top) if left <= 100 and top <= 100 else None


def picture_beside(name: str, names: Mapping[str, str]) -> str | None:
    """The picture with the stem of a story's file: `dust.jpg` beside `dust.md`.

    `names` are those of the folder, by their form in small letters.
    """
    stem = name.rpartition(".")[0].lower()
    return next((names[f"{stem}.{end}"] for end in ENDINGS if f"{stem}.{end}" in names), None)


def find_picture(root: Path, path: str) -> Path | str:
    """The file of a picture below a drop folder, or why it is not taken, as a sentence's end."""
    file = root / path
    try:
        real = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return "is not there"
    if not real.is_relative_to(root.resolve()):
        return "is a link that leaves the folder: put the file itself there"
    return file if real.is_file() else "is no file"
