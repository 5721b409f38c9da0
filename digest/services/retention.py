"""What has had its time is forgotten: a look into indexes where nothing is."""

from datetime import UTC, datetime, timedelta

from digest.pictures.folder import PictureFolder
from digest.project import Project
from digest.services.subscribers.signup_limits import PREFIX, SPANS
from digest.settings import WebSettings
from digest.store import (
    address_changes,
    alerts,
    api_answers,
    consents,
    notices,
    rate_limits,
    signups,
    snapshot,
    webhook_messages,
)
from digest.store.database import Database

# For so long a notice, and with it an address, is kept for whoever asks what became of it.
NOTICES_KEPT = timedelta(days=14)
# For so long, and so many, answers of the API to requests that may come again.
API_ANSWERS_KEPT = timedelta(days=1)
MOST_API_ANSWERS = 50_000
# For so long, in real time, the copies of the database that upgrades made.
COPIES_KEPT = timedelta(days=30)


# For so long, in real time, pictures that nothing names; and how often it is looked for them, since
# that is to read all issues.
PICTURES_KEPT = timedelta(days=30)
PICTURES_EVERY = timedelta(days=7)


def tidy(project: Project) -> None:
    """Forget what has had its time, and pictures that nothing names."""
    forget(project.database, project.config.settings.web, project.clock())
    folder, now = project.config.picture_folder, datetime.now(UTC)
    mark = folder / ".looked-through"
    try:
        if mark.stat().st_mtime > (now - PICTURES_EVERY).timestamp():
            return
    except FileNotFoundError:
        if folder.is_dir():
            mark.touch()
        return
    from digest.services.pictures.orphans import remove_orphans

    remove_orphans(project.database, PictureFolder(folder), now - PICTURES_KEPT)
    mark.touch()


def forget(database: Database, web: WebSettings, now: datetime) -> None:
    """Forget what was not confirmed, networks, old notices, answers, counts; give up old events."""
    with database.write() as connection:
        signups.forget_old(connection, now - timedelta(days=web.signup_days))
        address_changes.forget_old(connection, now - timedelta(days=web.signup_days))
        networks_until = now - timedelta(days=web.network_days)
        signups.forget_networks(connection, networks_until)
        consents.forget_networks(connection, networks_until)
        notices.forget_old(connection, now - NOTICES_KEPT)
        alerts.forget_mails(connection, now - NOTICES_KEPT)
        api_answers.forget_old(connection, now - API_ANSWERS_KEPT, MOST_API_ANSWERS)
        rate_limits.forget_idle(connection, PREFIX, SPANS, now)
        webhook_messages.expire(connection, now)
    if database.file is not None:
        snapshot.forget_copies(database.file, datetime.now(UTC) - COPIES_KEPT)
