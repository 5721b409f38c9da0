"""How many requests a token may make: counted by each process, minute by minute, in memory.

It bounds what one program costs the others; no count is shared, since to write one would cost more
than most requests.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a token: requests, and seconds until it has all of them again."""

    quota: int
    remaining: int
    reset: int
    is_exceeded: bool

    @property
    def headers(self) -> Mapping[str, str]:
        """The same in headers (draft-ietf-httpapi-ratelimit-headers-10)."""
        headers = {
            "RateLimit-Policy": f'"token";q={self.quota};w={SECONDS}',
            "RateLimit": f'"token";r={self.remaining};t={self.reset}',
        }
        return headers | ({"Retry-After": str(self.reset)} if self.is_exceeded else {})


@dataclass
class RequestLimit:
    """Counts what each token asks for within a minute of this process."""

    quota: int
    _minute: int = 0
    _counts: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, token: int, now: float | None = None) -> Allowance:
        """Count a request; `now` is in seconds, of a clock that is never put back."""
        minute, second = divmod(int(time.monotonic() if now is None else now), SECONDS)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            count = self._counts[token] = self._counts.get(token, 0) + 1
        left = self.quota - count
        return Allowance(self.quota, max(0, left), SECONDS - second, is_exceeded=left < 0)
