"""What changes while somebody looks is told as it happens, to so many pages and no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.responses import StreamingResponse

from digest.web.admin.streams import Streams


async def events(response: StreamingResponse, count: int) -> list[dict[str, str]]:
    """The first so many of a stream, which is left then as by a page that is closed."""
    said: list[dict[str, str]] = []
    body: AsyncIterator[str] = response.body_iterator  # type: ignore[assignment]
    async with aclosing(body) as parts:  # type: ignore[type-var]
        async for part in parts:
            said += [json.loads(line[6:]) for line in part.splitlines() if line[:5] == "data:"]
            if len(said) >= count:
                break
    return said


def test_a_page_is_told_of_each_change_after_what_it_has_and_of_nothing_else():
    looks = iter(["1", "1", "2", "2", "3"])
    response = Streams(look_every=0.001).answer("1", lambda: next(looks), lambda: {"who": "Ada"})
    assert isinstance(response, StreamingResponse)
    assert response.media_type == "text/event-stream"
    said = asyncio.run(events(response, 2))
    assert said == [{"stamp": "2", "who": "Ada"}, {"stamp": "3", "who": "Ada"}]


def test_beyond_the_bound_a_page_asks_by_itself_until_another_is_closed():
    held = Streams(most=1)

    async def watch() -> None:
        first = held.answer("", lambda: "1")
        assert isinstance(first, StreamingResponse)
        body: AsyncIterator[str] = first.body_iterator  # type: ignore[assignment]
        async with aclosing(body) as parts:  # type: ignore[type-var]
            await anext(parts)
            assert held.answer("", lambda: "1").status_code == 204
        assert held.answer("", lambda: "1").status_code == 200

    asyncio.run(watch())


def test_a_stream_ends_by_itself_so_that_its_page_asks_whether_it_may():
    response = Streams(seconds=0.01, look_every=0.001).answer("1", lambda: "1")
    assert isinstance(response, StreamingResponse)
    assert asyncio.run(events(response, 1)) == []
