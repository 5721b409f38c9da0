"""What has had its time is forgotten: at every round, and a look into indexes where nothing is."""

from datetime import UTC, datetime, timedelta

from digest.services.subscribers.signup_limits import PREFIX, SPANS
from digest.settings import WebSettings
from digest.store import address_changes, consents, notices, rate_limits, signups, snapshot
from digest.store.database import Database

# For so long a notice, and with it an address, is kept for whoever asks what became of it.
NOTICES_KEPT = timedelta(days=14)
# For so long, in real time, the copies of the database that upgrades made.
COPIES_KEPT = timedelta(days=30)


def tidy(database: Database, web: WebSettings, now: datetime) -> None:
    """Forget what nobody confirmed, networks, old notices, and what was counted."""
    with database.write() as connection:
        signups.forget_old(connection, now - timedelta(days=web.signup_days))
        address_changes.forget_old(connection, now - timedelta(days=web.signup_days))
        networks_until = now - timedelta(days=web.network_days)
        signups.forget_networks(connection, networks_until)
        consents.forget_networks(connection, networks_until)
        notices.forget_old(connection, now - NOTICES_KEPT)
        rate_limits.forget_idle(connection, PREFIX, SPANS, now)
    if database.file is not None:
        snapshot.forget_copies(database.file, datetime.now(UTC) - COPIES_KEPT)
