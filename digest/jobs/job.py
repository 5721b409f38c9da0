"""The jobs of a project as values: where each waits, and what keeps two of a kind apart; pure.

A job is only a hint that there is work. Whoever does it looks first, and unique keys and claims
hold the promises; so a job may be done twice, late, or never, and the next tick hints again.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Queue(StrEnum):
    """What a worker may be told to do alone."""

    MAIL = "mail"  # what talks to mail servers
    NEWS = "news"  # what becomes of stories, and the upkeep


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: the higher `priority` is done first.

    One that fails is tried `tries` times in all, `wait` seconds apart.
    """

    name: str
    queue: Queue
    priority: int
    tries: int
    wait: int


NOTICES = JobKind("notices", Queue.MAIL, priority=20, tries=3, wait=10)
DELIVER = JobKind("deliver", Queue.MAIL, priority=10, tries=5, wait=10)
SEAL = JobKind("seal", Queue.NEWS, priority=10, tries=5, wait=60)
MERGE = JobKind("merge", Queue.NEWS, priority=5, tries=3, wait=10)
# What a feed answered says when it is asked again.
FEED = JobKind("feed", Queue.NEWS, priority=0, tries=1, wait=0)
BOUNCES = JobKind("bounces", Queue.MAIL, priority=0, tries=3, wait=60)
# Last of all, but for the upkeep: a receiver may be slow.
EVENTS = JobKind("events", Queue.NEWS, priority=-5, tries=1, wait=0)
TIDY = JobKind("tidy", Queue.NEWS, priority=-10, tries=3, wait=60)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Of those with one `lock` one is done at a time; of one `waiting_lock` one waits."""

    kind: JobKind
    arguments: Mapping[str, str | int]
    lock: str
    waiting_lock: str


def _job(kind: JobKind, name: str = "", lock: str = "", **arguments: str | int) -> Job:
    """A job called `name` among those of its kind; `lock` where it shares one with others."""
    itself = f"digest/{kind.name}/{name}"
    return Job(kind, arguments, f"digest/{lock}" if lock else itself, itself)


def send_notices(number: int = 0) -> Job:
    """Send the notices that wait; of several workers each takes those that it claims."""
    return _job(NOTICES, str(number))


def send_notice_to(email: str, workers: int) -> Job:
    """The same, by one of so many workers."""
    return send_notices(zlib.crc32(email.encode()) % workers)


def deliver(issue: int, workers: int) -> Iterator[Job]:
    """Send a sealed issue, by as many workers.

    They share what there is to send: none has a part of the subscribers for itself, so that a dead
    worker strands nobody.
    """
    return (_job(DELIVER, f"{issue}/{number}", issue=issue) for number in range(workers))


def seal(newsletter: str, day: date) -> Job:
    """Seal the issue of a date."""
    name, lock = f"{newsletter}/{day}", f"seal/{newsletter}"
    return _job(SEAL, name, lock, newsletter=newsletter, day=day.isoformat())


def merge() -> Job:
    """Find the reports that wait their stories."""
    return _job(MERGE)


def fetch_feed(source: str, host: str) -> Job:
    """Ask a feed. Of the feeds of one host one is asked at a time, whichever worker does it."""
    return _job(FEED, source, f"host/{host}", source=source)


def read_bounces() -> Job:
    """Read what came back to the IMAP folder of the settings."""
    return _job(BOUNCES)


def send_events() -> Job:
    """Tell webhooks what waits for them."""
    return _job(EVENTS)


def tidy() -> Job:
    """Forget what has had its time."""
    return _job(TIDY)
