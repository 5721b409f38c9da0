"""Imported rows into the store: who is added, who stays out, who gets nothing from now on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.importing.rows import GONE, ImportedStatus, ImportRow
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_subscriber, queue_events
from digest.store import consents, subscribers, suppressions
from digest.store.consents import Consent
from digest.store.database import exclusively
from digest.store.suppressions import address_hash
from digest.store.unsubscribes import UnsubscribeMethod


@dataclass(frozen=True, slots=True)
class Admission:
    """What an import is: into which newsletter, when, and the words that the consents get."""

    newsletter: str
    now: datetime
    words: str


def admit(
    connection: sa.Connection, admission: Admission, batch: Iterable[ImportRow]
) -> Counter[str]:
    """Write a batch; how many became what, by the values of `Added` and of `ImportedStatus`.

    Of two rows with one address both count, in their order.
    """
    exclusively(connection)
    tally: Counter[str] = Counter()
    for distinct in _runs(batch):
        tally += _add(connection, admission, distinct)
        tally += _suppress_gone(connection, admission, distinct)
    return tally


def _runs(batch: Iterable[ImportRow]) -> Iterator[dict[str, ImportRow]]:
    """The batch in pieces in which no address comes twice, by the addresses' hashes."""
    run: dict[str, ImportRow] = {}
    for row in batch:
        key = address_hash(row.subscription.email)
        if key in run:
            yield run
            run = {}
        run[key] = row
    yield run


def _add(
    connection: sa.Connection, admission: Admission, run: Mapping[str, ImportRow]
) -> Counter[str]:
    """The active ones in; what the file does not speak of stays as it is."""
    active = {key: row for key, row in run.items() if row.status is ImportedStatus.ACTIVE}
    before = subscribers.subscribed(connection, admission.newsletter, active)
    tally: Counter[str] = Counter()
    for given, group in _by_given(active.values()).items():
        batch = [row.subscription for row in group]
        outcomes = subscribers.put_all(
            connection, admission.newsletter, batch, admission.now, given=given
        )
        tally.update({outcome.value: count for outcome, count in outcomes.items()})
    after = subscribers.subscribed(connection, admission.newsletter, active)
    new = {number: active[key].consent_at for key, number in after.items() if key not in before}
    _record_consents(connection, admission, new)
    told = [of_subscriber(number, newsletter=admission.newsletter, how="import") for number in new]
    queue_events(connection, EventKind.SUBSCRIBER_SUBSCRIBED, told, admission.now)
    return tally


def _by_given(rows: Iterable[ImportRow]) -> dict[frozenset[str], Sequence[ImportRow]]:
    rows_by_given: dict[frozenset[str], list[ImportRow]] = defaultdict(list)
    for row in rows:
        rows_by_given[row.given].append(row)
    return {**rows_by_given}


def _record_consents(
    connection: sa.Connection, admission: Admission, new: Mapping[int, datetime | None]
) -> None:
    """When they agreed, as far as the other service knew; never later than now."""
    now = admission.now
    consents.record_all(
        connection,
        [
            Consent(
                number, admission.newsletter, "import", admission.words, min(agreed_at or now, now)
            )
            for number, agreed_at in new.items()
        ],
    )


def _suppress_gone(
    connection: sa.Connection, admission: Admission, run: Mapping[str, ImportRow]
) -> Counter[str]:
    """Those who left or bounced get nothing here either; the others are left out."""
    statuses = {key: row.status for key, row in run.items() if row.status in GONE}
    unsubscribed = {
        key for key, status in statuses.items() if status is ImportedStatus.UNSUBSCRIBED
    }
    subscriber_ids = subscribers.known(connection, unsubscribed)
    for number in subscriber_ids.values():
        unsubscribe.leave(
            connection, number, admission.newsletter, UnsubscribeMethod.IMPORT, admission.now
        )
    reasons = {
        key: SuppressionReason(status)
        for key, status in statuses.items()
        if key not in subscriber_ids
    }
    suppressions.suppress_all(connection, reasons, admission.now)
    return Counter(
        row.status.value for row in run.values() if row.status is not ImportedStatus.ACTIVE
    )
