"""Feeds from their servers: politely, within bounds, each at its own cost; bytes out.

address ──> door (resolve, judge) ──> robots ──> turn at the host ──> exchange ──> judge
    ^                                                                                │
    └─────────────────────────────── redirect ───────────────────────────────────────┘
"""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Literal, Self

import httpcore2

from digest.clock import Clock
from digest.collect.net.answers import Redirect, judge
from digest.collect.net.decode import ACCEPTED
from digest.collect.net.exchange import ExchangeLimits, HttpResponse, ask
from digest.collect.net.fetched import (
    Failed,
    FailureKind,
    Fetched,
    FetchedBody,
    FetchLimits,
    FetchRequest,
    Refused,
)
from digest.collect.net.guard import Checked, Guard
from digest.collect.net.host_limits import HostLimits
from digest.collect.net.resolve import GuardedNetwork, Resolver
from digest.collect.net.robots import MAX_BYTES, RobotsCopy, is_allowed, parse_robots
from digest.collect.net.single_flight import SingleFlight
from digest.collect.net.weburl import WebUrl, parse_url
from digest.log import get_logger

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)
_ROBOTS_SHARE = 1 / 3  # of the time for a feed
# So many wait for their turn, times those that are asked: the rest is not begun.
_WAITING = 4

_log = get_logger(__name__)


def user_agent(product: str, version: str, contact: str) -> str:
    """How we name ourselves; `contact` is where whoever runs a server learns who we are."""
    return f"{product}/{version} (+{contact})" if contact else f"{product}/{version}"


@dataclass(slots=True)
class _Journey:
    """How far the way to one feed has come."""

    seconds_left: float
    addresses: set[str]
    permanent: bool = True
    outside: bool = False


class Fetcher:
    """Fetches feeds for one run, in which each name is looked up once.

    `agent` is the User-Agent, `accept` what is asked for. `robots` holds the copies that are known,
    by origin; at the end `self.robots` holds them with those that were read anew.
    """

    def __init__(
        self,
        *,
        agent: str,
        guard: Guard,
        resolver: Resolver,
        clock: Clock,
        limits: FetchLimits = FetchLimits(),  # noqa: B008 - frozen
        robots: Mapping[str, RobotsCopy] | None = None,
        tls: ssl.SSLContext | None = None,
        network: httpcore2.AsyncNetworkBackend | None = None,
        accept: str = _ACCEPT,
    ) -> None:
        self.limits = limits
        self.robots = dict(robots or {})
        self.may_ask = asyncio.Event()
        self.may_ask.set()
        self._product = agent.partition("/")[0]
        self._headers = {
            "User-Agent": agent,
            "Accept": accept,
            "Accept-Encoding": ACCEPTED,
            # A kept connection that its server has closed meanwhile would cost a feed.
            "Connection": "close",
        }
        self._clock = clock
        self._door = GuardedNetwork(guard, resolver, limits.connect, network)
        self._tls = tls or httpcore2.default_ssl_context()
        self._host_limits = HostLimits(limits.per_host, limits.host_delay)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._reading: SingleFlight[str, RobotsCopy | None] = SingleFlight()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reading.close()
        await self._door.close()

    async def fetch(self, request: FetchRequest) -> Fetched:
        """What came of one request. Whatever the server does is a value, never an exception."""
        url = parse_url(request.url)
        if isinstance(url, Refused):
            return Failed(FailureKind.ADDRESS, url.reason)
        try:
            return await self._follow(request, url)
        except Exception:  # noqa: BLE001 - logged with its place
            # Ours to mend; it must not cost the other feeds.
            _log.exception("a feed could not be fetched", url=request.url)
            reason = f"{url} brings out a fault in this program, which the log names"
            return Failed(FailureKind.UNEXPECTED, reason)

    async def _follow(self, request: FetchRequest, url: WebUrl) -> Fetched:
        """What came at the end of all redirects.

        It has the address to keep, if every redirect on the way was for good.
        """
        journey = _Journey(self.limits.total, {str(url)})
        for _ in range(self.limits.redirects + 1):
            step = await self._step(request, url, journey)
            if not isinstance(step, Redirect | Failed):
                moved_for_good = len(journey.addresses) > 1 and journey.permanent
                return replace(step, moved_to=str(url)) if moved_for_good else step
            if isinstance(step, Failed):
                if len(journey.addresses) > 1 and request.url not in step.reason:
                    return replace(step, reason=f"{step.reason} (redirected from {request.url})")
                return step
            if str(step.url) in journey.addresses:
                return Failed(FailureKind.REDIRECT, f"{request.url} redirects in a circle")
            url = step.url
            journey.addresses.add(str(url))
            journey.permanent &= step.permanent
        times = self.limits.redirects
        return Failed(FailureKind.REDIRECT, f"{request.url} redirects more than {times} times")

    async def _step(
        self, request: FetchRequest, url: WebUrl, journey: _Journey
    ) -> Fetched | Redirect:
        checked = await self._door.admit(url)
        if isinstance(checked, Failed):
            return checked
        if checked.own and journey.outside:
            return Failed(FailureKind.REDIRECT, f"{url} is at home, and a redirect led there")
        journey.outside |= not checked.own
        if request.heed_robots and not checked.own and not await self._may_fetch(url):
            return Failed(FailureKind.ROBOTS, f"{url} is closed to us by its site's robots.txt")
        validators = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
        conditions = {name: value for name, value in validators.items() if value}
        answer = await self._ask(
            url, checked, conditions, self.limits.max_bytes, journey, head=request.head
        )
        if isinstance(answer, Failed):
            return answer
        return judge(answer, url, request, self._clock())

    async def _ask(
        self,
        url: WebUrl,
        checked: Checked,
        headers: Mapping[str, str],
        max_bytes: int,
        journey: _Journey,
        *,
        head: bool = False,
    ) -> HttpResponse | Failed:
        """One exchange, when it is its turn; what is the operator's own waits for no pause."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            if not checked.own:
                await stack.enter_async_context(self._host_limits.take(url.host))
            await stack.enter_async_context(self._slots)
            await self.may_ask.wait()
            limits = self.limits
            bounds = ExchangeLimits(limits.connect, limits.silence, journey.seconds_left, max_bytes)
            began = loop.time()
            sent = {**self._headers, **headers}
            method: Literal["GET", "HEAD"] = "HEAD" if head else "GET"
            answer = await ask(self._door, self._tls, url, sent, bounds, method)
            journey.seconds_left -= loop.time() - began
        return answer

    async def _may_fetch(self, url: WebUrl) -> bool:
        """Whether the site's robots.txt lets us.

        RFC 9309, section 2.3.1.4, closes a site whose robots.txt cannot be had. That is for
        crawlers; we ask for the one address that is published for feed readers: an old copy stands
        for a month, and without one the feed is asked for.
        """
        now = self._clock()
        copy = self.robots.get(url.origin)
        if copy is None or not copy.is_fresh(now):
            copy = await self._reading.get(url.origin, lambda: self._read_robots(url)) or copy
        return copy is None or not copy.is_usable(now) or is_allowed(copy.rules, url.target)

    async def _read_robots(self, site: WebUrl) -> RobotsCopy | None:
        """The site's rules as they are now; None if they cannot be had."""
        url: WebUrl | Refused = replace(site, target="/robots.txt")
        journey = _Journey(self.limits.total * _ROBOTS_SHARE, set())
        for _ in range(self.limits.redirects + 1):
            checked = None if isinstance(url, Refused) else await self._door.admit(url)
            if isinstance(url, Refused) or not isinstance(checked, Checked) or checked.own:
                return None
            answer = await self._ask(url, checked, {}, MAX_BYTES, journey)
            if isinstance(answer, Failed) or answer.status >= 500 or answer.status == 429:
                return None
            location = answer.headers.get("location", "")
            if not (300 <= answer.status < 400 and location):
                rules = parse_robots(answer.body, self._product)
                copy = RobotsCopy(rules, self._clock())
                self.robots[site.origin] = copy
                return copy
            url = url.join(location)
        return None


async def fetch_all(
    fetcher: Fetcher, requests: Iterable[FetchRequest]
) -> AsyncGenerator[tuple[FetchRequest, Fetched], None]:
    """Each request with what came of it, as they come.

    If whoever takes them is slow, it is asked ahead, so that the slowest servers hold up nobody at
    the end, but no further than `ahead` bytes of bodies: memory is bounded by these and what the
    requests under way may bring, `concurrency` times `max_bytes`, packed and unpacked.
    """
    done: asyncio.Queue[tuple[FetchRequest, Fetched]] = asyncio.Queue()
    limits = fetcher.limits
    requests_left = _spread(requests)
    count = len(requests_left)
    bytes_waiting = 0

    def weigh(change: int) -> None:
        nonlocal bytes_waiting
        bytes_waiting += change
        (fetcher.may_ask.set if bytes_waiting < limits.ahead else fetcher.may_ask.clear)()

    async def work() -> None:
        while requests_left:
            request = requests_left.popleft()
            fetched = await fetcher.fetch(request)
            done.put_nowait((request, fetched))
            weigh(_size(fetched))

    most = min(count, _WAITING * limits.concurrency)
    workers = [asyncio.create_task(work()) for _ in range(most)]
    try:
        for _ in range(count):
            request, fetched = await done.get()
            weigh(-_size(fetched))
            yield request, fetched
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


def _size(fetched: Fetched) -> int:
    return len(fetched.body) if isinstance(fetched, FetchedBody) else 0


def _spread(requests: Iterable[FetchRequest]) -> deque[FetchRequest]:
    """One of each host, then another of each, so that a host with many holds up no other."""
    asked_of: Counter[str] = Counter()
    ranked = []
    for request in requests:
        host = request.url.partition("//")[2].partition("/")[0].lower()
        ranked.append((asked_of[host], request))
        asked_of[host] += 1
    return deque(request for _, request in sorted(ranked, key=lambda pair: pair[0]))
