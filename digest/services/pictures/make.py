"""Pictures are fetched and cut: all at once, each at its own cost.

wanted ──> its file, or its address, or that which its article names ──> cut in another process
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from digest.bounded_process import BoundedProcess, TooDear
from digest.collect.files.picture_file import find_picture
from digest.collect.net.fetched import Failed, FetchedBody, FetchRequest
from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.model import Image, Picture
from digest.pictures.cut import BOUNDS, LARGEST, CutPicture, Unusable, cut_piece, piece_of
from digest.services.pictures.due import WantedPicture

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher

log = get_logger(__name__)

# Seconds for all of them: a mail may be waiting.
PATIENCE = 45.0
_PROCESSES = 2
# So many at a time: the bytes of each are in memory.
_AT_ONCE = 8
_TOO_DEAR = Unusable(
    f"takes more than {BOUNDS.seconds} seconds of the processor, or more than "
    f"{BOUNDS.memory >> 20} MB of memory"
)


@dataclass(frozen=True, slots=True)
class MadePicture:
    """What came of one: the picture and its files, or the reason, a sentence, why there is none.

    `content_hash` is that of the bytes as they came; `shape` their width and height.
    """

    wanted: WantedPicture
    picture: Picture | None = None
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    content_hash: str | None = None
    shape: tuple[int, int] = (0, 0)
    reason: str = ""


Cut = Callable[[bytes], Awaitable[CutPicture | Unusable]]


def make_pictures(
    wanted: Sequence[WantedPicture], fetcher: "Fetcher | None", *, patience: float = PATIENCE
) -> list[MadePicture]:
    """Make them all; without a fetcher, those whose file is here."""
    return asyncio.run(_make_all(wanted, fetcher, patience))


async def _make_all(
    wanted: Sequence[WantedPicture], fetcher: "Fetcher | None", patience: float
) -> list[MadePicture]:
    slots = asyncio.Semaphore(_AT_ONCE)
    async with AsyncExitStack() as stack:
        cut = stack.enter_context(_cutters())
        if fetcher is not None:
            await stack.enter_async_context(fetcher)

        async def make(picture: WantedPicture) -> MadePicture:
            async with slots:
                try:
                    return await _make(picture, fetcher, cut)
                except Exception:
                    # Ours to mend; it must cost neither the other pictures nor the mail.
                    log.exception("a picture could not be made", picture=_name_of(picture))
                    reason = "brings out a fault in this program, which the log names"
                    return MadePicture(picture, reason=f"{_name_of(picture)} {reason}")

        tasks = [asyncio.create_task(make(picture)) for picture in wanted]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        late = f"did not come within {patience:g} seconds"
        made = [
            task.result()
            if task.done()
            else MadePicture(picture, reason=f"{_name_of(picture)} {late}")
            for picture, task in zip(wanted, tasks, strict=True)
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return made


@contextmanager
def _cutters() -> Iterator[Cut]:
    """What cuts a picture in the next of some processes that is idle."""
    with ExitStack() as stack:
        idle: SimpleQueue[BoundedProcess[CutPicture | Unusable]] = SimpleQueue()
        for _ in range(_PROCESSES):
            idle.put(stack.enter_context(BoundedProcess(cut_piece, BOUNDS)))

        def cut(data: bytes) -> CutPicture | Unusable:
            process = idle.get()
            try:
                answer = process.ask(data)
                return _TOO_DEAR if isinstance(answer, TooDear) else answer
            except DigestError as error:
                return Unusable(f"is not read: {error.message}")
            finally:
                idle.put(process)

        threads = stack.enter_context(ThreadPoolExecutor(_PROCESSES, "pictures"))
        yield lambda data: asyncio.get_running_loop().run_in_executor(threads, cut, data)


async def _make(wanted: WantedPicture, fetcher: "Fetcher | None", cut: Cut) -> MadePicture:
    if wanted.image is not None and wanted.image.is_file:
        data = _read_file(wanted.folder, wanted.image)
        return await _cut_data(wanted, wanted.image, data, cut)
    if fetcher is None:
        return MadePicture(wanted)
    made = MadePicture(wanted)
    if wanted.image is not None:
        made = await _cut_data(wanted, wanted.image, await _fetch(fetcher, wanted.image), cut)
    if made.picture is None and wanted.article is not None:
        named = await _named_by_article(fetcher, wanted.article)
        if isinstance(named, str):
            return replace(made, reason=made.reason or named)
        made = await _cut_data(wanted, named, await _fetch(fetcher, named), cut)
    return made


def _read_file(folder: Path | None, image: Image) -> bytes | str:
    """The bytes of a file, or why they are not taken."""
    if folder is None:
        return f"{image.url} lies in a folder that config/sources.toml does not name any more"
    path = find_picture(folder, image.url)
    if isinstance(path, str):
        return f"{image.url} {path}"
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        return f"{image.url} cannot be read: {words_of(error)}"


async def _fetch(fetcher: "Fetcher", image: Image) -> bytes | str:
    """The bytes at an address, or why there are none.

    robots.txt is not asked: whoever puts a picture into a feed publishes it for feed readers.
    """
    fetched = await fetcher.fetch(FetchRequest(image.url, heed_robots=False))
    if isinstance(fetched, FetchedBody):
        return fetched.body
    return fetched.reason if isinstance(fetched, Failed) else f"{image.url} brought nothing"


async def _named_by_article(fetcher: "Fetcher", address: str) -> Image | str:
    from digest.collect.article_image import article_image

    fetched = await fetcher.fetch(FetchRequest(address))
    if not isinstance(fetched, FetchedBody):
        return fetched.reason if isinstance(fetched, Failed) else f"{address} brought nothing"
    return article_image(fetched.body, fetched.url) or f"{address} names no picture"


async def _cut_data(
    wanted: WantedPicture, image: Image, data: bytes | str, cut: Cut
) -> MadePicture:
    if isinstance(data, str):
        return MadePicture(wanted, reason=data)
    result = await cut(piece_of(data, image.focus))
    if isinstance(result, Unusable):
        return MadePicture(wanted, reason=f"{image.url} {result.reason}")
    return MadePicture(
        wanted,
        replace(result.picture, alt=image.alt),
        result.files,
        hashlib.sha256(data).hexdigest(),
        (result.width, result.height),
    )


def _name_of(wanted: WantedPicture) -> str:
    return wanted.image.url if wanted.image else wanted.article or "its picture"
