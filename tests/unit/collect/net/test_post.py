"""Where a document is put, and where not: nothing is connected to here."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from digest.collect.net.exchange import ExchangeLimits
from digest.collect.net.fetched import Failed, FailureKind
from digest.collect.net.guard import Guard
from digest.collect.net.post import Poster
from digest.collect.net.weburl import IPAddress

PLACES = {"open.example": "93.184.215.14", "inside.example": "10.0.0.7"}


async def resolve(host: str, _port: int) -> Sequence[IPAddress]:
    return [ip_address(PLACES[host])]


@pytest.mark.parametrize(
    ("address", "kind", "reason"),
    [
        ("http://open.example/", FailureKind.NOT_HTTPS, "is not https"),
        ("https://inside.example/", FailureKind.REFUSED, "not on the open internet"),
        ("https://169.254.169.254/latest", FailureKind.REFUSED, "not on the open internet"),
        ("https://open.example:22/", FailureKind.REFUSED, "port 22"),
        ("file:///etc/passwd", FailureKind.ADDRESS, ""),
    ],
)
def test_a_document_goes_by_https_to_the_open_internet_alone(address, kind, reason):
    async def post() -> object:
        limits = ExchangeLimits(connect=0.1, silence=0.1, total=0.1, max_bytes=10)
        async with Poster(agent="test", guard=Guard(), resolver=resolve, limits=limits) as poster:
            return await poster.post(address, {}, b"{}")

    answer = asyncio.run(post())
    assert isinstance(answer, Failed)
    assert answer.kind is kind
    assert reason in answer.reason
