"""Pages that are kept as made: for how long, how many, and made once for all who ask."""

import asyncio
import gzip
import threading

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from digest.web.page_cache import CachedPage, PageCache, pack


class Maker:
    """Makes a page that says the how manieth it is, as soon as it is let."""

    def __init__(self, size: int = 0, status: int = 200) -> None:
        self.made = 0
        self.gate = threading.Event()
        self.gate.set()
        self.size = size
        self.status = status

    def __call__(self) -> CachedPage:
        self.made += 1
        told = b"%d" % self.made
        assert self.gate.wait(30)
        return pack(Response(told + b"x" * self.size, self.status))


class Hour:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def settled(keeper: PageCache) -> None:
    """Until nothing is being made any more."""
    if keeper._renewing:
        await keeper._renewing


def test_a_page_is_made_anew_when_its_seconds_are_over_and_nobody_waits_for_that():
    async def story() -> None:
        hour, make = Hour(), Maker()
        keeper = PageCache(30, hour)
        # The first time that it was asked for, and what was seen then.
        for now, seen, made in ((0, 1, 1), (29, 1, 1), (31, 1, 2), (32, 2, 2), (60, 2, 2)):
            hour.now = now
            page = await keeper.get("/", make)
            await settled(keeper)
            assert (page.body, make.made) == (b"%d" % seen, made), now

    asyncio.run(story())


def test_a_page_that_nobody_asked_for_so_long_is_waited_for():
    async def story() -> None:
        hour, make = Hour(), Maker()
        keeper = PageCache(30, hour)
        await keeper.get("/", make)
        hour.now = 61
        assert (await keeper.get("/", make)).body == b"2"

    asyncio.run(story())


def test_a_page_that_cannot_be_made_anew_stands_as_long_again_and_not_one_that_is_gone():
    async def story() -> None:
        hour = Hour()
        keeper = PageCache(30, hour)
        for key, error in (("/", ValueError("broken")), ("/gone", HTTPException(404))):
            hour.now = 0

            def fail(error: Exception = error) -> CachedPage:
                raise error

            await keeper.get(key, Maker())
            hour.now = 40
            assert (await keeper.get(key, fail)).body == b"1"
            await settled(keeper)
        assert (await keeper.get("/", Maker())).body == b"1"
        with pytest.raises(HTTPException):
            await keeper.get("/gone", fail)

    asyncio.run(story())


def test_whoever_asks_while_a_page_is_made_gets_that_one():
    async def story() -> None:
        make = Maker()
        make.gate.clear()
        keeper = PageCache(30)
        waiting = [asyncio.ensure_future(keeper.get("/", make)) for _ in range(50)]
        await keeper.get("/other", Maker())
        waiting[0].cancel()
        await asyncio.sleep(0)
        make.gate.set()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError)
        assert all(isinstance(each, CachedPage) for each in done[1:])
        assert make.made == 1

    asyncio.run(story())


def test_what_failed_and_what_was_not_found_is_asked_for_again():
    async def story() -> None:
        keeper, missing = PageCache(30), Maker(status=404)

        def fail() -> CachedPage:
            raise ValueError("no")

        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                await keeper.get("/", fail)
            assert (await keeper.get("/", missing)).status == 404
        assert missing.made == 2

    asyncio.run(story())


def test_no_more_bytes_are_kept_than_was_said_and_those_asked_for_longest_ago_go_first():
    async def story() -> None:
        keeper, first, second, third = (
            PageCache(30, most_bytes=950),
            *(Maker(399) for _ in range(3)),
        )
        await keeper.get("/1", first)
        await keeper.get("/2", second)
        await keeper.get("/1", first)
        await keeper.get("/3", third)
        assert (first.made, second.made, third.made) == (1, 1, 1)
        await keeper.get("/1", first)
        await keeper.get("/2", second)
        assert (first.made, second.made) == (1, 2)
        huge = Maker(5000)
        await keeper.get("/huge", huge)
        await keeper.get("/huge", huge)
        assert huge.made == 2

    asyncio.run(story())


def test_nothing_is_kept_for_no_seconds():
    async def story() -> None:
        keeper, make = PageCache(0), Maker()
        await keeper.get("/", make)
        await keeper.get("/", make)
        assert make.made == 2

    asyncio.run(story())


PAGE = pack(HTMLResponse("<p>" + "word " * 300))


def ask(made: CachedPage, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request."""
    sent: list[dict[str, object]] = []

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("nothing is to be read")

    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "headers": raw}
    asyncio.run(made(scope, receive, send))
    start, body = sent
    head = {k.decode(): v.decode() for k, v in start["headers"]}  # type: ignore[attr-defined]
    return start["status"], head, body["body"]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("identity", False),
        ("", False),
        ("gzipped", False),
    ],
)
def test_a_page_is_packed_for_those_who_take_it_so(accepted, packed):
    _, head, body = ask(PAGE, accept_encoding=accepted)
    assert head.get("content-encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(body) if packed else body) == PAGE.body
    assert head["content-length"] == str(len(body))
    assert head["vary"] == "Accept-Encoding"


def test_a_small_answer_is_not_packed():
    _, head, body = ask(pack(Response(b"small")), accept_encoding="gzip")
    assert ("content-encoding" in head, body) == (False, b"small")


def test_only_a_page_that_was_found_can_be_known_already():
    missing = pack(Response(b"", 404))
    status, _, _ = ask(missing, if_none_match="*")
    assert status == 404
    status, _, body = ask(PAGE, if_none_match=PAGE.etag.decode())
    assert (status, body) == (304, b"")
