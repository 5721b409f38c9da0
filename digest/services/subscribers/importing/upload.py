"""A file of subscribers that a page took: tried at once, then imported where somebody says so.

Both take their time, so they run in a thread, and the page looks how far they have come. An upload
is known to the process that took it; the file is deleted with the import, and at the latest when
the process starts anew.
"""

import contextvars
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from digest.atomic_files import PRIVATE_FILE, make_private_folder
from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.model import Newsletter
from digest.project import Project
from digest.services.admins import audit
from digest.services.admins.audit import Actor
from digest.services.subscribers.importing.add import Admission
from digest.services.subscribers.importing.csv_file import decoded
from digest.services.subscribers.importing.run import (
    ImportReport,
    Request,
    carry_out,
    read,
)

log = get_logger(__name__)

_PIECE = 1024 * 1024


@dataclass(slots=True)
class Upload:
    """One file: `lines` of `total` were read, and `report` is there when it is done.

    `is_dry` until somebody lets it be imported. `fault` says why nothing more comes of it. The rest
    is as OpenedFile has it.
    """

    id: str
    name: str
    newsletter: Newsletter
    path: Path
    total: int
    is_dry: bool = True
    is_running: bool = False
    lines: int = 0
    service: str = ""
    caution: str = ""
    not_read: tuple[str, ...] = ()
    report: ImportReport | None = None
    fault: DigestError | None = None


@dataclass
class Uploads:
    """Those of one process."""

    project: Project
    _by_id: dict[str, Upload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What a process before this one left is nobody's."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self.project.config.state_folder / "uploads"

    def find(self, upload_id: str) -> Upload | None:
        """The upload of an id."""
        return self._by_id.get(upload_id)

    def take(self, file: BinaryIO, name: str, newsletter: Newsletter) -> Upload:
        """Keep a file, and begin to try it: nothing is changed."""
        make_private_folder(self._folder)
        upload_id = secrets.token_urlsafe(9)
        path = self._folder / f"{upload_id}.csv"
        path.touch(mode=PRIVATE_FILE)
        lines = 0
        with path.open("wb") as kept:
            while piece := file.read(_PIECE):
                kept.write(piece)
                lines += piece.count(b"\n")
        upload = Upload(upload_id, name, newsletter, path, max(1, lines - 1))
        self._by_id[upload_id] = upload
        self._begin(upload, None)
        return upload

    def carry_out(self, upload: Upload, by: Actor) -> None:
        """Import it; one that is under way, or was imported, is left alone."""
        if upload.is_dry and not upload.is_running and not upload.fault:
            upload.is_dry = False
            upload.report, upload.lines = None, 0
            self._begin(upload, by)

    def _begin(self, upload: Upload, by: Actor | None) -> None:
        upload.is_running = True
        # The thread acts for whoever pressed, from where they are.
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._run, upload, by), daemon=True).start()

    def _run(self, upload: Upload, by: Actor | None) -> None:
        try:
            self._read(upload, by)
        except DigestError as error:
            upload.fault = error
        except Exception as error:
            log.exception("import failed", upload=upload.id)
            upload.fault = DigestError(words_of(error))
        finally:
            upload.is_running = False
            if not upload.is_dry or upload.fault:
                upload.path.unlink(missing_ok=True)

    def _read(self, upload: Upload, by: Actor | None) -> None:
        project = self.project

        def count(lines: int) -> None:
            upload.lines = lines

        with upload.path.open("rb") as file, decoded(file) as text:
            reading = read(text, upload.name, project.config.topics, Request())
            upload.service = reading.service.title if reading.service else ""
            upload.caution, upload.not_read = reading.caution, reading.not_read
            origin = f"{reading.origin}: {upload.name}"
            admission = Admission(upload.newsletter.id, project.clock(), origin)
            upload.report = carry_out(
                project.database, reading, admission, dry_run=by is None, count=count
            )
        if by is not None:
            with project.database.write() as connection:
                subject = f"newsletter {upload.newsletter.id}"
                after = dict(upload.report.counts)
                audit.record(connection, by.now, by.who, "import subscribers", subject, after=after)
