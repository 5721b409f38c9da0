"""Files of pictures that nothing names any more: the story got another before it was told."""

from datetime import datetime

from digest.log import get_logger
from digest.pictures.folder import NAME, PictureFolder
from digest.store import pictures
from digest.store.database import Database

log = get_logger(__name__)


def remove_orphans(database: Database, folder: PictureFolder, before: datetime) -> int:
    """Remove files older than that which no story and no issue names; how many.

    What an issue names is in mails that are out there. In a bucket nothing is removed.
    """
    left = {path.name: path for path in folder.older_than(before)}
    with database.read() as connection:
        for text in pictures.texts_that_name_some(connection):
            for name in NAME.findall(text):
                left.pop(name, None)
            if not left:
                return 0
    # What was put there again meanwhile is as young as if it were new.
    gone = [path for path in folder.older_than(before) if path.name in left]
    for path in gone:
        path.unlink(missing_ok=True)
    log.info("removed pictures", files=len(gone))
    return len(gone)
