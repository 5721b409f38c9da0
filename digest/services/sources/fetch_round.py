"""The feeds' half of collecting: the due ones are fetched at once, read, and kept a few at a time.

due --fetch--> bytes --read (other processes)--> reports --FeedRecorder--> store

A feed that fails costs itself alone; what has come is merged while the last ones drip.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest.clock import Clock
from digest.collect.feeds.values import NotAFeed
from digest.collect.net.fetch_schedule import FetchInterval
from digest.collect.net.fetched import Failed, FailureKind, Fetched, FetchedBody
from digest.collect.net.robots import RobotsCopy, Rule
from digest.project import Project
from digest.services.sources.due import DueFeed
from digest.services.sources.fetch_summary import FetchSummary
from digest.services.sources.keep import Answer, FeedRecorder
from digest.store import robots

if TYPE_CHECKING:
    from digest.collect.net.fetch import Fetcher

# Feeds written in one transaction: few enough that nobody waits long for the lock.
_BATCH = 20
# Bodies that wait to be read at a time: they may be large.
_AHEAD = 16
# With fewer feeds than this, other processes are not worth their start.
_MANY = 40
_PROCESSES = 2
# Seconds without an answer after which what is there is merged, if only this part of all is left:
# what comes later joins stories, but never moves a report from one to another.
LULL = 0.7
_LAST = 0.25


def unreadable(url: str, reason: str) -> Failed:
    """What came is no feed; `reason` is half a sentence."""
    return Failed(FailureKind.UNREADABLE, f"{url} is no feed: {reason}")


# Merges what waits; other processes, where there are any, help.
Merge = Callable[[Executor | None], None]
MakeFetcher = Callable[[Mapping[str, RobotsCopy]], "Fetcher"]


def fetch_feeds(
    project: Project, due: Sequence[DueFeed], make_fetcher: MakeFetcher, when_quiet: Merge
) -> FetchSummary:
    """Ask feeds that were claimed at once, and keep what they tell. Nothing is open meanwhile.

    `when_quiet` is called in each lull, so that what has come is merged while the last ones drip.
    """
    database, clock = project.database, project.clock
    settings = project.config.settings.collect
    with database.read() as connection:
        copies = {
            origin: RobotsCopy(tuple(Rule(*rule) for rule in rules), read_at)
            for origin, (rules, read_at) in robots.everything(connection).items()
        }
    recorder = FeedRecorder(
        database,
        clock,
        backlog=timedelta(hours=settings.backlog),
        interval=FetchInterval(shortest=timedelta(minutes=settings.min_interval)),
        topics=project.config.topics,
        claimed_until=due[0].claimed_until,
    )
    fetcher = make_fetcher(copies)
    asyncio.run(FetchRound(fetcher, recorder, when_quiet, clock).fetch(due))
    with database.write() as connection:
        robots.keep(
            connection,
            {
                origin: ([[rule.allow, rule.pattern] for rule in copy.rules], copy.read_at)
                for origin, copy in fetcher.robots.items()
                if copies.get(origin) != copy
            },
        )
    return recorder.summary


class FetchRound:
    """Asks feeds and records what they hold; `merge` is called in each lull, and at the end."""

    def __init__(
        self, fetcher: "Fetcher", recorder: FeedRecorder, merge: Merge, clock: Clock
    ) -> None:
        self._fetcher = fetcher
        self._recorder = recorder
        self._merge = merge
        self._clock = clock

    async def fetch(self, due: Sequence[DueFeed]) -> None:
        """Ask all of them."""
        done: asyncio.Queue[Answer] = asyncio.Queue()
        with _parsers(len(due)) as parsers, ThreadPoolExecutor(1, "store") as executor:
            merge = partial(self._merge, parsers if len(due) >= _MANY else None)
            async with asyncio.TaskGroup() as work:
                work.create_task(self._ask(due, parsers, done))
                await self._write(len(due), done, executor, merge)

    async def _ask(
        self, due: Sequence[DueFeed], parsers: Executor, done: "asyncio.Queue[Answer]"
    ) -> None:
        from digest.collect.net.fetch import fetch_all

        by_address: dict[str, list[DueFeed]] = {}
        for feed in due:
            by_address.setdefault(feed.request.url, []).append(feed)
        slots = asyncio.Semaphore(_AHEAD)
        requests = [same[0].request for same in by_address.values()]
        async with (
            self._fetcher,
            asyncio.TaskGroup() as reading,
            aclosing(fetch_all(self._fetcher, requests)) as results,
        ):
            async for request, fetched in results:
                for feed in by_address[request.url]:
                    await slots.acquire()
                    reading.create_task(self._read(feed, fetched, parsers, slots, done))

    async def _read(
        self,
        feed: DueFeed,
        fetched: Fetched,
        parsers: Executor,
        slots: asyncio.Semaphore,
        done: "asyncio.Queue[Answer]",
    ) -> None:
        reading = None
        if isinstance(fetched, FetchedBody):
            from digest.services.sources.read_feed import read_body

            source, now = feed.source, self._clock()
            content = await asyncio.get_running_loop().run_in_executor(
                parsers,
                read_body,
                *(fetched.body, fetched.content_type, fetched.url, source.id, source.name, now),
            )
            if isinstance(content, NotAFeed):
                fetched = unreadable(fetched.url, content.reason)
            else:
                # The body is read; a thousand of them would lie about.
                fetched, reading = replace(fetched, body=b""), content
        slots.release()
        done.put_nowait((feed, fetched, reading))

    async def _write(
        self,
        count: int,
        done: "asyncio.Queue[Answer]",
        executor: Executor,
        merge: Callable[[], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        group: list[Answer] = []
        unmerged, few = 0, count * _LAST
        arrival = asyncio.ensure_future(done.get())
        while count:
            await asyncio.wait({arrival}, timeout=LULL)
            lull = not arrival.done()
            if not lull:
                count -= 1
                group.append(arrival.result())
                arrival = asyncio.ensure_future(done.get())
            if group and (lull or not count or len(group) >= _BATCH):
                unmerged += await loop.run_in_executor(executor, self._recorder.keep, group)
                group = []
            elif lull and unmerged and count <= few:
                await loop.run_in_executor(executor, merge)
                unmerged = 0
        arrival.cancel()
        await loop.run_in_executor(executor, merge)


@contextmanager
def _parsers(count: int) -> Iterator[Executor]:
    """Where bodies are read: in other processes, where there are many."""
    if count < _MANY:
        with ThreadPoolExecutor(1, "parser") as threads:
            yield threads
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as processes:
        yield processes
