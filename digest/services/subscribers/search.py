"""Somebody is looked for, by what is known of their address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.addresses import read_address
from digest.project import Project
from digest.store import subscriber_search, subscribers
from digest.store.subscriber_search import SubscriberLine

# Lines of one page: who looks for somebody else writes more of the address.
MOST = 50


@dataclass(frozen=True, slots=True)
class SubscriberList:
    """Some subscribers; `is_cut` where there are more.

    `counts` has all by newsletter, where nobody in particular is looked for: it takes longer.
    """

    lines: Sequence[SubscriberLine]
    is_cut: bool
    counts: Mapping[str, int]


def search(project: Project, text: str, *, suppressed: bool = False) -> SubscriberList:
    """Those whose address begins so, or where none does holds it; without a text the newest."""
    text = text.strip()
    with project.database.read() as connection:
        if suppressed:
            lines = subscriber_search.suppressed(connection, MOST + 1)
        elif not text:
            lines = subscriber_search.newest(connection, MOST + 1)
        else:
            lines = subscriber_search.starting_with(connection, text, MOST + 1)
            lines = lines or subscriber_search.containing(connection, text, MOST + 1)
        counts = {} if text else subscriber_search.counts(connection)
        return SubscriberList(lines[:MOST], len(lines) > MOST, counts)


def number_of(project: Project, email: str) -> int | None:
    """The number of the subscriber with exactly this address, in whatever form it is written."""
    try:
        address = read_address(email)
    except ValueError:
        return None
    with project.database.read() as connection:
        return subscribers.find_id(connection, address)


def email_of(project: Project, number: int) -> str | None:
    """The address of the subscriber with this number."""
    with project.database.read() as connection:
        return subscribers.email_of(connection, number)
