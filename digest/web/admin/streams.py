"""What changes while somebody looks, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html. A stream ends after some seconds and
its page asks again: so a server that stops waits for none, and a log-out counts soon. Of many pages
that listen those beyond a bound are told to ask by themselves (static/live.js).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from digest.web.admin.layout import HEADERS

_RETRY = 300  # milliseconds
_NOBODY: Mapping[str, str] = {}


class Streams:
    """The streams of a server: `most` at a time, of so many `seconds`, with a look so often.

    Each holds a connection and, at each look, a thread for a moment.
    """

    def __init__(self, most: int = 64, seconds: float = 15.0, look_every: float = 0.5) -> None:
        self._most = most
        self._seconds = seconds
        self._look_every = look_every
        self._open = 0

    def answer(
        self,
        stamp: str,
        look: Callable[[], str],
        describe: Callable[[], Mapping[str, str]] = lambda: _NOBODY,
    ) -> Response:
        """An event whenever `look` says another text than `stamp`, with what `describe` says.

        204, after which a browser does not ask again, where too many listen already.
        """
        if self._open >= self._most:
            return Response(status_code=204, headers=HEADERS)
        headers = HEADERS | {"X-Accel-Buffering": "no"}  # a proxy is to pass each on at once
        events = self._events(stamp, look, describe)
        return StreamingResponse(events, headers=headers, media_type="text/event-stream")

    async def _events(
        self, stamp: str, look: Callable[[], str], describe: Callable[[], Mapping[str, str]]
    ) -> AsyncIterator[str]:
        self._open += 1
        try:
            yield f"retry: {_RETRY}\n\n"
            ends_at = asyncio.get_running_loop().time() + self._seconds
            while asyncio.get_running_loop().time() < ends_at:
                current = await run_in_threadpool(look)
                if current != stamp:
                    stamp = current
                    change = {"stamp": stamp, **await run_in_threadpool(describe)}
                    yield f"id: {stamp}\ndata: {json.dumps(change)}\n\n"
                await asyncio.sleep(self._look_every)
        finally:
            self._open -= 1
