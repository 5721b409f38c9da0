"""The high-water mark: a small file beside the database that no backup copies.

It says of itself where it is, so that one that was copied with its folder is known.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from digest.atomic_files import PRIVATE_FILE, make_private_folder, replacing
from digest.config import Config
from digest.error_words import words_of
from digest.log import get_logger
from digest.services.installation.rules import FilePlace, Mark
from digest.store.database import Database
from digest.store.installations import Installation

log = get_logger(__name__)


def mark_path(config: Config, database: Database) -> Path | None:
    """Where the mark of a database is: beside its file, or in var/; None for one in memory."""
    if not database.is_sqlite:
        return config.state_folder / "postgresql.mark"
    return database.file and database.file.with_name(f"{database.file.name}.mark")


def place_of(path: Path, root: Path = Path("/")) -> FilePlace:
    """Where a file is; `root` is where the files of the machine are."""
    stat = path.stat()
    return FilePlace(machine_id(root), str(path.resolve()), stat.st_dev, stat.st_ino)


def machine_id(root: Path = Path("/")) -> str:
    """What tells this machine from others, empty where nothing does.

    In a container it would be that of the image, and another with each image.
    """
    if (root / ".dockerenv").exists() or (root / "run/.containerenv").exists():
        return ""
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return ""
    try:
        return (root / "etc/machine-id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def read_mark(path: Path) -> tuple[Mark, FilePlace] | None:
    """The mark, and where it is; None where there is none, or nothing that can be read."""
    try:
        values = json.loads(path.read_text("utf-8"))
        mark = Mark(
            installation=str(values["installation"]),
            epoch=int(values["epoch"]),
            home=str(values["home"]),
            claimed=int(values["claimed"]),
            until=datetime.fromisoformat(values["until"]) if values["until"] else None,
            sealed={str(name): date.fromisoformat(day) for name, day in values["sealed"].items()},
            place=FilePlace(**values["place"]),
        )
        return mark, place_of(path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def raise_mark(path: Path, this: Installation, sealed: dict[str, date] | None = None) -> None:
    """Bring the mark up to an installation; it is on the disk when this returns.

    One that has come further stays. A mark that cannot be written keeps no mail back: then a copy
    is not told from the original, and the log says so.
    """
    kept = read_mark(path)
    mark = kept[0] if kept else None
    if mark is not None and mark.installation == this.id and mark.position >= this.position:
        return
    try:
        write_mark(path, this, {**(mark.sealed if mark else {}), **(sealed or {})})
    except OSError as error:
        log.warning(
            "the mark of this installation is not kept", file=str(path), reason=words_of(error)
        )


def write_mark(path: Path, this: Installation, sealed: dict[str, date]) -> None:
    """Write the mark of an installation, in place of what is there; OSError where it cannot be."""
    make_private_folder(path.parent)
    with replacing(path, mode=PRIVATE_FILE) as part:
        place = place_of(part)
        values: dict[str, Any] = {
            "installation": this.id,
            "epoch": this.epoch,
            "home": this.home,
            "claimed": this.claimed,
            "until": this.claimed_at.isoformat() if this.claimed_at else None,
            "sealed": {name: day.isoformat() for name, day in sealed.items()},
            "place": {
                "machine": place.machine,
                "path": str(path.resolve()),
                "device": place.device,
                "inode": place.inode,
            },
        }
        part.write_text(json.dumps(values, indent=2) + "\n", "utf-8")
