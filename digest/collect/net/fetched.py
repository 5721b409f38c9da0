"""What crosses between a feed's server and the rest of collect: what is asked, what came of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """Why nothing came of a request; each costs its one feed alone."""

    ADDRESS = "address"  # what was to be asked is no address of the web
    REFUSED = "refused"  # by us: an address inside, a port
    NOT_HTTPS = "not https"  # by us: what is sent could be read on the way
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    STATUS = "status"
    GONE = "gone"
    THROTTLED = "throttled"
    TOO_LARGE = "too large"
    ENCODING = "encoding"
    REDIRECT = "redirect"  # in a circle, or to where we do not follow
    ROBOTS = "robots"
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # given by whoever parses the body
    UNEXPECTED = "unexpected"  # a fault of ours


@dataclass(frozen=True, slots=True)
class Refused:
    """An address that we do not ask, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A feed to ask for; `etag` and `last_modified` are those of the copy we have.

    With `head` only the head of the answer is asked for: whether there is one.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    heed_robots: bool = True
    head: bool = False


@dataclass(frozen=True, slots=True)
class FetchedBody:
    """A body, decoded. `moved_to` is where the feed lives from now on, if its server said so.

    `fresh_for` is how long the server says that asking again is useless.
    """

    url: str
    body: bytes = field(repr=False)
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str | None = None
    fresh_for: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The copy that we have still stands (304)."""

    url: str
    moved_to: str | None = None
    fresh_for: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing came; `reason` is a sentence for the operator and names the address.

    `status` is the server's answer, where it was one that brings nothing.
    """

    kind: FailureKind
    reason: str
    retry_at: datetime | None = None
    status: int | None = None


Fetched = FetchedBody | NotModified | Failed


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds on what is asked and taken; seconds and bytes.

    `max_bytes` holds for a body both as it comes and unpacked. `total` is for one feed from the
    first request to the last byte, redirects included; its robots.txt may take a third of that
    more. Waiting for its turn does not count. While bodies of `ahead` bytes wait to be taken,
    no more is asked.
    """

    concurrency: int = 64
    per_host: int = 2
    host_delay: float = 0.25
    max_bytes: int = 8 * 1024 * 1024
    connect: float = 5.0
    silence: float = 6.0
    total: float = 10.0
    redirects: int = 5
    ahead: int = 32 * 1024 * 1024
