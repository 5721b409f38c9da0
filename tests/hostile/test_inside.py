"""Every way to write an address inside, and every way by which the fetcher could be sent there."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from digest.collect.net.fetch import Fetcher, user_agent
from digest.collect.net.fetched import Failed, FetchLimits, FetchRequest
from digest.collect.net.guard import Guard
from digest.collect.net.weburl import IPAddress
from tests.builders import NOON
from tests.feed_farm import Farm, FarmNetwork
from tests.sampling import sample

INSIDE = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255",
)  # fmt: skip
INSIDE_6 = ("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1")
OUTSIDE = IPv4Address("11.0.0.1")
QUICK = FetchLimits(silence=1.5, total=3.0, host_delay=0.0)


def spellings(text: str) -> Iterator[str]:
    """One address of IPv4 as browsers, C libraries and gateways would understand it."""
    number = int(IPv4Address(text))
    a, b, c, d = IPv4Address(text).packed
    yield from (text, f"{text}.", str(number), hex(number), f"0{number:o}", f"{number:#x}.")
    yield from (f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}", f"{a:#x}.{b}.{c}.{d:#o}")
    yield f"{a:#x}.{b:#x}.{c:#x}.{d:#x}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"{a:04o}.{b}.{c:03o}.{d}"
    yield "".join(f"%{ord(sign):02x}" for sign in text)
    yield text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    yield text.replace(".", "\u3002")
    yield text.translate({ord(str(n)): chr(0x245F + n) for n in range(1, 10)})
    yield from (
        f"good.test@{text}",
        f"good.test:80@{text}",
        f"{text}#@good.test",
        f"{text}\\@good.test",
    )
    yield from (f"[::ffff:{text}]", f"[::{text}]", f"[64:ff9b::{text}]", f"[64:ff9b:1::{text}]")
    yield from (f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]", f"[::ffff:0:{text}]")
    yield f"[2001:0:{a:02x}{b:02x}:{c:02x}{d:02x}::1]"


WRITTEN = [f"http://{host}/" for address in INSIDE for host in spellings(address)] + [
    f"http://[{address}]/" for address in INSIDE_6
]


@dataclass
class Resolver:
    """DNS as a stranger runs it: a name has the addresses that stand in `names`, each look in turn.

    Names of nobody are outside.
    """

    names: dict[str, list[list[IPAddress]]] = field(default_factory=dict)
    looks: int = 0

    async def __call__(self, host: str, _port: int) -> list[IPAddress]:
        self.looks += 1
        answers = self.names.get(host, [[OUTSIDE]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm(1, broken_every=0) as farm:
        yield farm


def dialled(farm: Farm, resolver: Resolver, *urls: str) -> set[str]:
    """To which addresses connections were made while these were asked for, none with success."""
    network = FarmNetwork(farm.port, farm.tls_port)

    async def run() -> None:
        async with Fetcher(
            agent=user_agent("newsletter-digest", "1.0", "https://news.example.org/about"),
            guard=Guard(),
            resolver=resolver,
            clock=lambda: NOON,
            limits=QUICK,
            network=network,
        ) as fetcher:
            for url in urls:
                assert isinstance(await fetcher.fetch(FetchRequest(url)), Failed), url

    asyncio.run(run())
    return {host for host, _ in network.dialled}


def test_no_spelling_of_an_address_inside_is_connected_to(farm):
    assert len(WRITTEN) > 300
    told = dialled(farm, Resolver(), *sample(WRITTEN, 120))
    assert [host for host in told if not ip_address(host).is_global] == []


def test_nor_is_it_by_a_redirect_of_any_kind(farm):
    for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
        chosen = sample(WRITTEN, 20)
        for number, url in enumerate(chosen):
            farm.pages[f"/hop{number}"] = lambda stall, url=url, status=status: stall.answer(
                status, Location=url.encode().decode("latin-1")
            )
        hops = [f"http://{number}.hop.test/hop{number}" for number in range(len(chosen))]
        assert dialled(farm, Resolver(), *hops) == {str(OUTSIDE)}


@pytest.mark.parametrize("address", [*INSIDE, *INSIDE_6])
def test_nor_by_a_name_that_dns_puts_there_alone_or_beside_others(farm, address):
    inside = ip_address(address)
    names: dict[str, list[list[IPAddress]]] = {
        "alone.test": [[inside]],
        "first.test": [[inside, OUTSIDE]],
        "last.test": [[OUTSIDE, IPv6Address("2600::1"), inside]],
    }
    urls = [f"http://{name}/" for name in names]
    assert dialled(farm, Resolver(names), *urls) == set()


def test_nor_by_a_name_that_moves_inside_between_two_looks(farm):
    resolver = Resolver({"moves.test": [[OUTSIDE], [IPv4Address("127.0.0.1")]]})
    farm.pages["/again"] = lambda stall: stall.answer("302 Found", Location="http://moves.test/x")
    assert dialled(farm, resolver, "http://moves.test/again", "http://moves.test/y") == {
        str(OUTSIDE)
    }
    assert resolver.looks == 1


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://good.test/", "gopher://good.test/", "http:///x",
        "http://good.test:22/", "http://good.test:6379/", "jar:http://good.test!/",
        "data:text/plain,x", "//127.0.0.1/", "http:127.0.0.1",
    ],
)  # fmt: skip
def test_nothing_but_the_web_is_asked(farm, url):
    farm.pages["/hop"] = lambda stall: stall.answer("302 Found", Location=url)
    assert dialled(farm, Resolver(), url, "http://hop.test/hop") <= {str(OUTSIDE)}
