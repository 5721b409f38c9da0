"""Fetching from a farm of real servers on loopback, many of them broken."""

import asyncio
import gc
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import httpcore2
import pytest

from digest.collect.net.discover import FoundFeed, find_feeds
from digest.collect.net.fetch import Fetcher, fetch_all, user_agent
from digest.collect.net.fetch_schedule import FeedState, is_due, next_fetch, request_for
from digest.collect.net.fetched import (
    Failed,
    FailureKind,
    Fetched,
    FetchedBody,
    FetchLimits,
    FetchRequest,
    NotModified,
)
from digest.collect.net.guard import Guard, parse_allowed
from digest.collect.net.resolve import SystemResolver
from digest.collect.net.robots import RobotsCopy, Rule
from tests.builders import NOON
from tests.feed_farm import FORMATS, WAYS, Farm, FarmNetwork, FarmResolver, Stall

# Long enough for a busy machine, short enough to wait for.
QUICK = FetchLimits(silence=1.5, total=3.0, host_delay=0.0, max_bytes=1_000_000)
# What is well is answered within these on any machine.
PATIENT = replace(QUICK, silence=5.0, total=10.0)
AGENT = user_agent("newsletter-digest", "1.0", "https://news.example.org/about")


@pytest.fixture(scope="module")
def _farm() -> Iterator[Farm]:
    # Each way to be broken twice, each beside a feed that is well.
    with Farm(4 * len(WAYS), broken_every=2) as farm:
        yield farm


@pytest.fixture
def farm(_farm: Farm) -> Farm:
    _farm.visits.clear()
    _farm.robots.clear()
    _farm.pages.clear()
    _farm.version = 1
    return _farm


class Outing:
    """A fetcher at the farm, and what it was seen to do."""

    def __init__(self, farm: Farm, **changes: Any) -> None:
        self.resolver = FarmResolver()
        self.network = FarmNetwork(farm.port, farm.tls_port)
        trusting = ssl.create_default_context()
        farm.authority.configure_trust(trusting)
        self.trusting = trusting
        values = {
            "agent": AGENT,
            "guard": Guard(),
            "resolver": self.resolver,
            "clock": lambda: NOON,
            "limits": QUICK,
            "network": self.network,
        }
        self.values: dict[str, Any] = {**values, **changes}

    def fetch(self, *requests: str | FetchRequest) -> list[Fetched]:
        """What came of each request, in their order."""
        asked = [FetchRequest(r) if isinstance(r, str) else r for r in requests]

        async def run() -> list[Fetched]:
            async with self.fetcher() as fetcher:
                found = {id(r): o async for r, o in fetch_all(fetcher, asked)}
                self.robots = fetcher.robots
            return [found[id(r)] for r in asked]

        return asyncio.run(run())

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[Fetcher]:
        async with Fetcher(**self.values) as fetcher:
            yield fetcher


def redirect(location: str, status: str = "302 Found") -> Callable[[Stall], Any]:
    return lambda stall: stall.answer(status, Location=location)


def test_each_broken_feed_costs_itself_alone_and_says_why(farm: Farm):
    urls = [farm.url(number) for number in range(farm.size)]
    outcomes = Outing(farm, limits=PATIENT).fetch(*urls)
    for number, outcome in enumerate(outcomes):
        way = farm.way(number)
        if way is None:
            assert isinstance(outcome, FetchedBody)
            assert outcome.body == FORMATS[number % 4][0](number)
            assert outcome.content_type == FORMATS[number % 4][1]
        elif WAYS[way][1] is None:
            assert isinstance(outcome, FetchedBody), (way, outcome)
        else:
            assert isinstance(outcome, Failed), (way, outcome)
            assert outcome.kind is WAYS[way][1], (way, outcome)
            assert farm.url(number) in outcome.reason, (way, outcome)


def test_what_is_broken_takes_no_longer_than_the_limits_say(farm: Farm):
    broken = [number for number in range(farm.size) if farm.way(number)]
    began = time.monotonic()
    Outing(farm).fetch(*[farm.url(number) for number in broken])
    # Without limits it would be for ever; the rest is for a busy machine.
    assert time.monotonic() - began < QUICK.total + 15


def test_a_second_run_asks_with_what_the_first_one_learned(farm: Farm):
    states = [FeedState(farm.url(number)) for number in farm.well]
    requests = [request_for(state) for state in states]
    outing = Outing(farm)
    states = [
        next_fetch(state, outcome, NOON, jitter=0.5)
        for state, outcome in zip(states, outing.fetch(*requests), strict=True)
    ]
    later = NOON + timedelta(hours=1)
    assert not any(is_due(state, NOON) for state in states)
    assert all(is_due(state, later) for state in states)
    farm.visits.clear()
    second = Outing(farm, robots=outing.robots).fetch(*[request_for(state) for state in states])
    assert all(isinstance(outcome, NotModified) for outcome in second)
    # Of a site whose robots.txt could not be had in time, that is asked for again.
    feeds = [visit.path for visit in farm.visits if visit.path != "/robots.txt"]
    assert sorted(feeds) == sorted(f"/feed/{number}" for number in farm.well)


def test_a_changed_feed_comes_anew(farm: Farm):
    (first,) = Outing(farm).fetch(farm.url(0))
    assert isinstance(first, FetchedBody)
    farm.version = 2
    request = FetchRequest(farm.url(0), etag=first.etag, last_modified=first.last_modified)
    (second,) = Outing(farm).fetch(request)
    assert isinstance(second, FetchedBody)
    assert second.etag != first.etag


def test_we_say_who_we_are_and_send_no_cookie(farm: Farm):
    Outing(farm).fetch(farm.url(0))
    (visit,) = farm.asked("/feed/0")
    assert visit.headers["user-agent"] == "newsletter-digest/1.0 (+https://news.example.org/about)"
    assert visit.headers["host"] == "0.farm.test"
    assert "application/atom+xml" in visit.headers["accept"]
    assert visit.headers["accept-encoding"] == "gzip, deflate, br"
    assert "cookie" not in visit.headers


def test_the_checked_address_is_the_one_connected_to_and_a_name_is_looked_up_once(farm: Farm):
    outing = Outing(farm)
    looks = iter([[IPv4Address("11.9.9.9")], [IPv4Address("127.0.0.1")]])

    async def rebinding(_host: str, _port: int) -> list[IPv4Address]:
        return next(looks)

    outing.values["resolver"] = rebinding
    outcomes = outing.fetch("http://0.farm.test/feed/0", "http://0.farm.test/feed/2")
    assert all(isinstance(outcome, FetchedBody) for outcome in outcomes)
    assert set(outing.network.dialled) == {("11.9.9.9", 80)}


def test_tls_goes_by_the_name_though_the_connection_goes_to_the_address(farm: Farm):
    outing = Outing(farm)
    outing.values["tls"] = outing.trusting
    outing.resolver.extra["other.test"] = [IPv4Address("11.1.1.1")]
    good, bad = outing.fetch(farm.url(0, scheme="https"), "https://other.test/feed/0")
    assert isinstance(good, FetchedBody)
    assert isinstance(bad, Failed)
    assert bad.kind is FailureKind.TLS
    assert "other.test" in bad.reason
    assert ("11.0.0.0", 443) in outing.network.dialled


# What an address that is none comes to: given as a feed's, and as where a redirect leads.
_MALFORMED = (FailureKind.ADDRESS, FailureKind.REDIRECT)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/feed/0", "http://2130706433/feed/0", "http://0x7f.1/feed/0",
        "http://127.1/", "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://good.test@127.0.0.1/", "http://0.0.0.0/", "http://169.254.169.254/",
        "http://127.0.0.1./", "http://inside.test/", "http://both.test/", "http://0.farm.test:25/",
        "ftp://0.farm.test/", "http://[fd00:ec2::254]/", "http://[64:ff9b::7f00:1]/",
        "http://\uff11\uff12\uff17.0.0.1/",
    ],
)  # fmt: skip
def test_nobody_reaches_inside(farm: Farm, url: str):
    outing = Outing(farm)
    outing.resolver.extra["both.test"] = [IPv4Address("11.0.0.1"), IPv6Address("::1")]
    farm.pages["/hop"] = redirect(url)
    outcomes = outing.fetch(url, "http://1.farm.test/hop")
    for outcome, malformed in zip(outcomes, _MALFORMED, strict=True):
        assert isinstance(outcome, Failed)
        assert outcome.kind in (FailureKind.REFUSED, malformed)
    assert set(outing.network.dialled) == {("11.0.0.1", 80)}


def test_what_is_at_home_is_let_through_by_the_allowlist_alone(farm: Farm):
    allowed = parse_allowed(f"127.0.0.1:{farm.port}")
    outing = Outing(farm, network=None, guard=Guard((allowed,)))
    good, other_port = outing.fetch(farm.local_url(0), f"http://127.0.0.1:{farm.tls_port}/feed/0")
    assert isinstance(good, FetchedBody)
    assert isinstance(other_port, Failed)
    assert other_port.kind is FailureKind.REFUSED


def test_what_is_at_home_is_not_reached_by_a_redirect_from_outside(farm: Farm):
    farm.pages["/hop"] = farm.pages["/robots.txt"] = redirect(farm.local_url(0))
    guard = Guard((parse_allowed(f"127.0.0.1:{farm.port}"),))
    outing = Outing(farm, guard=guard)
    (outcome,) = outing.fetch("http://0.farm.test/hop")
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.REDIRECT
    assert {host for host, _ in outing.network.dialled} == {"11.0.0.0"}
    (outcome,) = outing.fetch(f"http://127.0.0.1:{farm.port}/hop")
    assert isinstance(outcome, FetchedBody)


def test_the_names_of_this_machine_are_found(farm: Farm):
    resolver = SystemResolver()
    allowed = parse_allowed("localhost")
    outing = Outing(farm, network=None, guard=Guard((allowed,)), resolver=resolver)
    good, unknown = outing.fetch(f"http://localhost:{farm.port}/feed/0", "http://no.invalid/")
    resolver.close()
    assert isinstance(good, FetchedBody)
    assert isinstance(unknown, Failed)
    assert unknown.kind is FailureKind.DNS


def test_the_next_address_of_a_name_is_tried_when_one_is_dead(farm: Farm):
    class HalfDead(FarmNetwork):
        async def connect_tcp(self, host: str, port: int, *args: Any) -> Any:
            if host == "11.0.0.9":
                self.dialled.append((host, port))
                raise httpcore2.ConnectError("dead")
            return await super().connect_tcp(host, port, *args)

    network = HalfDead(farm.port, farm.tls_port)
    outing = Outing(farm, network=network)
    outing.resolver.extra["two.test"] = [IPv4Address("11.0.0.9"), IPv4Address("11.0.0.8")]
    (outcome,) = outing.fetch("http://two.test/feed/0")
    assert isinstance(outcome, FetchedBody)
    assert ("11.0.0.8", 80) in network.dialled


def test_a_handshake_that_is_given_up_leaves_no_connection_open(farm: Farm):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        network = FarmNetwork(farm.port, mute.getsockname()[1])
        limits = replace(QUICK, total=0.3)
        outing = Outing(farm, network=network, limits=limits)
        (outcome,) = outing.fetch(FetchRequest("https://0.farm.test/", heed_robots=False))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT
    # An open one would warn, and a warning is an error here.
    gc.collect()


def test_a_feed_that_moved_for_good_is_remembered(farm: Farm):
    farm.pages["/old"] = redirect("/older", "308 Permanent Redirect")
    farm.pages["/older"] = redirect("http://2.farm.test/feed/2", "301 Moved Permanently")
    (outcome,) = Outing(farm).fetch("http://0.farm.test/old")
    assert isinstance(outcome, FetchedBody)
    assert outcome.moved_to == "http://2.farm.test/feed/2"


@pytest.mark.parametrize(
    ("first", "second"),
    [("301 Moved", "302 Found"), ("307 Temporary", "301 Moved"), ("303 See", "303 See")],
)
def test_a_way_that_is_not_for_good_throughout_is_not_remembered(
    farm: Farm, first: str, second: str
):
    farm.pages["/old"] = redirect("/older", first)
    farm.pages["/older"] = redirect("/feed/0", second)
    (outcome,) = Outing(farm).fetch("http://0.farm.test/old")
    assert isinstance(outcome, FetchedBody)
    assert outcome.moved_to is None
    assert outcome.url == "http://0.farm.test/feed/0"


def test_https_does_not_fall_back_to_http(farm: Farm):
    farm.pages["/down"] = redirect("http://0.farm.test/feed/0", "301 Moved")
    outing = Outing(farm)
    outing.values["tls"] = outing.trusting
    (outcome,) = outing.fetch("https://0.farm.test/down")
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.REDIRECT


def test_robots_are_heeded_by_site_and_read_once(farm: Farm):
    farm.robots["0.farm.test"] = b"User-agent: *\nDisallow: /feed/\nAllow: /feed/2\n"
    outing = Outing(farm)
    closed, opened, unasked, elsewhere = outing.fetch(
        "http://0.farm.test/feed/0",
        "http://0.farm.test/feed/2",
        FetchRequest("http://0.farm.test/feed/4", heed_robots=False),
        "http://4.farm.test/feed/4",
    )
    assert isinstance(closed, Failed)
    assert closed.kind is FailureKind.ROBOTS
    assert all(isinstance(outcome, FetchedBody) for outcome in (opened, unasked, elsewhere))
    assert [visit.host for visit in farm.asked("/robots.txt")].count("0.farm.test") == 1
    assert outing.robots["http://0.farm.test"] == RobotsCopy(
        (Rule(allow=False, pattern="/feed/"), Rule(allow=True, pattern="/feed/2")), NOON
    )


def test_robots_of_a_site_that_a_redirect_leads_to_are_heeded_too(farm: Farm):
    farm.robots["0.farm.test"] = b"User-agent: newsletter-digest\nDisallow: /\n"
    farm.pages["/hop"] = redirect("http://0.farm.test/feed/0")
    (outcome,) = Outing(farm).fetch("http://2.farm.test/hop")
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.ROBOTS


def test_an_old_copy_of_robots_stands_while_its_site_is_ill_and_none_stops_nothing(farm: Farm):
    farm.pages["/robots.txt"] = lambda stall: stall.answer("500 Oh")
    old = RobotsCopy((Rule(allow=False, pattern="/"),), NOON - timedelta(days=3))
    outing = Outing(farm, robots={"http://0.farm.test": old})
    closed, opened = outing.fetch(farm.url(0), farm.url(2))
    assert isinstance(closed, Failed)
    assert isinstance(opened, FetchedBody)


def test_robots_that_redirect_are_followed_but_not_inside(farm: Farm):
    farm.pages["/robots.txt"] = redirect("http://127.0.0.1/robots.txt")
    outing = Outing(farm)
    (outcome,) = outing.fetch(farm.url(0))
    assert isinstance(outcome, FetchedBody)
    assert ("127.0.0.1", 80) not in outing.network.dialled


def test_retry_after_is_handed_on(farm: Farm):
    farm.pages["/busy"] = lambda stall: stall.answer("429 Slow", Retry_After="600")
    (outcome,) = Outing(farm).fetch("http://0.farm.test/busy")
    assert isinstance(outcome, Failed)
    assert outcome.retry_at == NOON + timedelta(minutes=10)


class Crowd:
    """A page that counts how many are at it at once, and when they came.

    It lets nobody go before so many are there at once as are waited for, or a second is over.
    """

    def __init__(self, waited_for: int = 1) -> None:
        self.now = self.most = 0
        self.waited_for = waited_for
        self.came: list[float] = []

    async def __call__(self, stall: Stall) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.came.append(time.monotonic())
        for _ in range(20):
            await asyncio.sleep(0.05)
            if self.most >= self.waited_for:
                break
        self.now -= 1
        await stall.ok(stall.body())


def test_a_host_is_asked_by_few_at_once_and_all_hosts_by_a_bounded_number(farm: Farm):
    farm.pages["/crowd"] = crowd = Crowd(2)
    one_host = [f"http://0.farm.test/crowd?{n}" for n in range(8)]
    Outing(farm, limits=replace(PATIENT, per_host=2)).fetch(*one_host)
    assert crowd.most == 2
    farm.pages["/crowd"] = crowd = Crowd(5)
    many_hosts = [f"http://{n}.farm.test/crowd" for n in range(40)]
    Outing(farm, limits=replace(PATIENT, concurrency=10)).fetch(*many_hosts)
    assert 5 <= crowd.most <= 10


def test_requests_to_one_host_begin_with_a_pause_between(farm: Farm):
    farm.pages["/crowd"] = crowd = Crowd()
    urls = [f"http://0.farm.test/crowd?{n}" for n in range(5)]
    requests = [FetchRequest(url, heed_robots=False) for url in urls]
    Outing(farm, limits=replace(PATIENT, host_delay=0.3)).fetch(*requests)
    # It is 1.2 where they begin; how long each is on its way is the machine's.
    assert crowd.came[-1] - crowd.came[0] >= 0.6


def test_what_is_at_home_waits_for_no_pause(farm: Farm):
    farm.pages["/crowd"] = crowd = Crowd(3)
    guard = Guard((parse_allowed("127.0.0.0/8"),))
    urls = [f"http://127.0.0.1:{farm.port}/crowd?{n}" for n in range(20)]
    Outing(farm, network=None, guard=guard, limits=replace(PATIENT, host_delay=9.0)).fetch(*urls)
    assert crowd.most > 2
    assert not farm.asked("/robots.txt")


def test_who_takes_slowly_is_not_overrun(farm: Farm):
    farm.pages["/crowd"] = crowd = Crowd()
    requests = [FetchRequest(f"http://{n}.farm.test/crowd", heed_robots=False) for n in range(40)]

    async def run() -> list[int]:
        ahead, taken = [], 0
        limits = replace(QUICK, concurrency=4, ahead=1)
        async with Outing(farm, limits=limits).fetcher() as fetcher:
            async for _ in fetch_all(fetcher, requests):
                await asyncio.sleep(0.03)
                taken += 1
                ahead.append(len(crowd.came) - taken)
        return ahead

    ahead = asyncio.run(run())
    assert len(ahead) == 40
    assert max(ahead) <= 4 + 1


def test_who_stops_taking_leaves_nothing_behind(farm: Farm):
    async def run() -> None:
        async with Outing(farm).fetcher() as fetcher:
            outcomes = fetch_all(fetcher, [FetchRequest(farm.url(n)) for n in range(farm.size)])
            await anext(outcomes)
            await outcomes.aclose()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_a_page_leads_to_its_feeds(farm: Farm):
    page = (
        b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed/0' title='All'>"
        b"<link rel=alternate type=application/atom+xml href=http://2.farm.test/feed/2></head>"
    )
    farm.pages["/"] = lambda stall: stall.ok(page)
    farm.pages["/bare"] = lambda stall: stall.ok(b"<html>no link</html>")
    farm.pages["/atom.xml"] = lambda stall: stall.ok(stall.body())

    async def run() -> list[Any]:
        async with Outing(farm).fetcher() as fetcher:
            addresses = ("/", "/bare", "/feed/4", "/missing")
            return [await find_feeds(f"http://0.farm.test{a}", fetcher.fetch) for a in addresses]

    linked, guessed, itself, missing = asyncio.run(run())
    assert linked == [
        FoundFeed("http://0.farm.test/feed/0", "All"),
        FoundFeed("http://2.farm.test/feed/2"),
    ]
    assert guessed == [FoundFeed("http://0.farm.test/atom.xml")]
    assert itself == [FoundFeed("http://0.farm.test/feed/4")]
    assert isinstance(missing, Failed)
