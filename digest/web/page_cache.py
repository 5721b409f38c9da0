"""Public pages, kept for some seconds as they were made: the bytes, a gzip of them, and an ETag.

A page is made once, however many ask for it at the same time. One whose seconds are over is made
anew when it is asked for, and as long again the old one stands in for it: nobody waits, and old
pages are made anew one after the other, with rests, for all of them grow old at the same time.
Only what is the same for everybody is kept, and only what was found.
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from digest.log import get_logger

log = get_logger(__name__)

Head = list[tuple[bytes, bytes]]

# Of all pages together, packed and not.
MOST_BYTES = 32 * 1024 * 1024
# What is smaller is not worth the packing.
_SMALL = 500
# Threads that make pages. More would not be faster, and keep the interpreter from those who answer.
_MAKERS = 2
# Rests between pages that are made anew, in times of what the last one took: a thread that computes
# keeps the interpreter from those who answer.
_REST = 3


@dataclass(frozen=True, slots=True)
class CachedPage:
    """An answer as it goes out. The ETag is a weak one: it is the same for both encodings."""

    status: int
    head: tuple[tuple[bytes, bytes], ...]
    body: bytes
    packed: bytes | None
    etag: bytes

    @property
    def size(self) -> int:
        """Bytes that keeping it takes."""
        return len(self.body) + len(self.packed or b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it, or that it is unchanged (RFC 9110, section 13.1.2)."""
        request_headers = Headers(scope=scope)
        if self.status == 200 and _client_has(request_headers.get("if-none-match", ""), self.etag):
            await _send(send, 304, self._head(), b"")
            return
        body, head = self.body, self._head()
        if self.packed is not None and _takes_gzip(request_headers.get("accept-encoding", "")):
            body = self.packed
            head.append((b"content-encoding", b"gzip"))
        head.append((b"content-length", str(len(body)).encode()))
        await _send(send, self.status, head, b"" if scope["method"] == "HEAD" else body)

    def _head(self) -> Head:
        return [*self.head, (b"etag", self.etag), (b"vary", b"Accept-Encoding")]


def pack(response: Response) -> CachedPage:
    """What a handler answered, ready to be kept."""
    body = bytes(response.body)
    return CachedPage(
        status=response.status_code,
        head=tuple(pair for pair in response.raw_headers if pair[0] != b"content-length"),
        body=body,
        packed=gzip.compress(body, 6, mtime=0) if len(body) > _SMALL else None,
        etag=b'W/"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"',
    )


class PageCache:
    """The pages of one process; those that were not asked for longest go first.

    Lives on the event loop: no two requests are in here at once.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._left = most_bytes
        self._pages: OrderedDict[str, tuple[float, CachedPage]] = OrderedDict()
        self._making: dict[str, asyncio.Task[CachedPage]] = {}
        self._makers = ThreadPoolExecutor(_MAKERS, "pages")
        self._old: dict[str, Callable[[], CachedPage]] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def get(self, key: str, make: Callable[[], CachedPage]) -> CachedPage:
        """The page of a key, as it is kept or as `make` makes it now, in a thread."""
        until, page = self._pages.get(key, (0.0, None))
        age = self._clock() - until
        if page is not None and age < self.seconds:
            self._pages.move_to_end(key)
            if age >= 0:
                self._renew(key, make)
            return page
        # Whoever asked first may go away; the others still wait for it.
        return await asyncio.shield(self._making.get(key) or self._begin(key, make))

    def _begin(self, key: str, make: Callable[[], CachedPage]) -> asyncio.Task[CachedPage]:
        task = self._making[key] = asyncio.ensure_future(self._make(key, make))
        task.add_done_callback(_retrieve_outcome)
        return task

    def _renew(self, key: str, make: Callable[[], CachedPage]) -> None:
        if key not in self._making:
            self._old.setdefault(key, make)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.ensure_future(self._renew_all())

    async def _renew_all(self) -> None:
        while self._old:
            key = next(iter(self._old))
            began = time.perf_counter()
            try:
                await self._begin(key, self._old.pop(key))
            except HTTPException:
                pass  # it is public no more: whoever asks next is told
            except Exception:
                log.exception("page not made anew", path=key)
            await asyncio.sleep(_REST * (time.perf_counter() - began))

    async def _make(self, key: str, make: Callable[[], CachedPage]) -> CachedPage:
        try:
            page = await asyncio.get_running_loop().run_in_executor(self._makers, make)
        except HTTPException:
            self._forget(key)
            raise
        finally:
            del self._making[key]
        self._keep(key, page)
        return page

    def _keep(self, key: str, page: CachedPage) -> None:
        self._forget(key)
        if page.status == 200 and self.seconds:
            self._pages[key] = (self._clock() + self.seconds, page)
            self._left -= page.size
            while self._left < 0:
                self._forget(next(iter(self._pages)))

    def _forget(self, key: str) -> None:
        cached_page = self._pages.pop(key, None)
        if cached_page is not None:
            self._left += cached_page[1].size


def cached(path: str, make: Callable[[Request], Response], *counts: str) -> Route:
    """A route whose answer is the same for everybody, and is kept for some seconds.

    `make` runs in a thread. `counts` are the names in the query that make another page of it; all
    else there is ignored.
    """
    return Route(path, _CachedEndpoint(make, counts), methods=["GET"], name=make.__name__)


class _CachedEndpoint:
    """A route's endpoint, as ASGI."""

    def __init__(self, make: Callable[[Request], Response], counts: tuple[str, ...]) -> None:
        self._make = make
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = Request(scope, receive)
        page_cache: PageCache = scope["app"].state.site.page_cache
        make = partial(self._make_page, request, page_cache)
        page = await page_cache.get(self._key(request), make)
        await page(scope, receive, send)

    def _key(self, request: Request) -> str:
        path: str = request.scope["path"]
        if not self._counts or not request.scope["query_string"]:
            return path
        query = request.query_params
        return path + "?" + "&".join(f"{name}={query.get(name, '')}" for name in self._counts)

    def _make_page(self, request: Request, page_cache: PageCache) -> CachedPage:
        response = self._make(request)
        if response.status_code == 200:
            age = int(page_cache.seconds)
            response.headers.setdefault("cache-control", f"public, max-age={age}")
        return pack(response)


def _retrieve_outcome(task: asyncio.Task[CachedPage]) -> None:
    """Ask what became of it: all who waited may have gone, and asyncio would complain."""
    if not task.cancelled():
        task.exception()


def _client_has(if_none_match: str, etag: bytes) -> bool:
    """Whether a client has it: entity tags are compared without their W/ (the weak comparison)."""
    if not if_none_match:
        return False
    tag = etag.decode().removeprefix("W/")
    client_tags = [text.strip().removeprefix("W/") for text in if_none_match.split(",")]
    return tag in client_tags or client_tags == ["*"]


def _takes_gzip(accept_encoding: str) -> bool:
    """RFC 9110, section 12.5.3, as far as it speaks of gzip."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _send(send: Send, status: int, head: Head, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
