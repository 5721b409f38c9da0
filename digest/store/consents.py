"""That subscribers agreed to be mailed: when they asked, when they confirmed, to which words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.store.schema import consents


@dataclass(frozen=True, slots=True)
class Consent:
    """One agreement: `how` is `web`, `import`, `command` or `desk`.

    `network` is such as 203.0.113.0/24.
    """

    subscriber_id: int
    newsletter: str
    how: str
    words: str
    given_at: datetime
    asked_at: datetime | None = None
    network: str | None = None


def record_all(connection: sa.Connection, agreements: Sequence[Consent]) -> None:
    """Keep that these subscribers agreed."""
    if agreements:
        connection.execute(sa.insert(consents), [asdict(consent) for consent in agreements])


def of_subscriber(connection: sa.Connection, subscriber_id: int) -> list[Consent]:
    """All that a subscriber agreed to, the oldest first."""
    columns = [column for column in consents.c if column is not consents.c.id]
    query = (
        sa.select(*columns)
        .where(consents.c.subscriber_id == subscriber_id)
        .order_by(consents.c.given_at, consents.c.id)
    )
    return [Consent(**row) for row in connection.execute(query).mappings()]


def forget_networks(connection: sa.Connection, before: datetime) -> int:
    """Delete from where it came, of what was given before `before`; how many."""
    return connection.execute(
        sa.update(consents)
        .where(consents.c.network.is_not(None), consents.c.given_at < before)
        .values(network=None)
    ).rowcount
