"""How fast 1,000 feeds of 30 items are fetched, a tenth of them broken; `make bench` prints it.

The farm serves from a process of its own; each feed has its own host, so that turns, robots and
the guard are part of it. The second run has what the first one learned, and nothing is new.
`take` is the hook for what is done with each body.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from digest.clock import system_clock
from digest.collect.net.fetch import Fetcher, fetch_all, user_agent
from digest.collect.net.fetch_schedule import FeedState, next_fetch, request_for
from digest.collect.net.fetched import Failed, Fetched, FetchedBody
from digest.collect.net.guard import Guard
from digest.collect.net.robots import RobotsCopy
from tests.feed_farm import Farm, FarmNetwork, FarmResolver

FEEDS = 1000


@contextmanager
def farm_process(size: int) -> Iterator[FarmNetwork]:
    """A farm in another process, and the network that leads to it."""
    command = [sys.executable, "-m", "tests.feed_farm", str(size)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield FarmNetwork(**json.loads(process.stdout.readline()))
        process.communicate()


async def run(
    network: FarmNetwork,
    states: Mapping[str, FeedState],
    robots: Mapping[str, RobotsCopy],
    take: Callable[[FetchedBody], object],
) -> tuple[dict[str, Fetched], Mapping[str, RobotsCopy]]:
    """Fetch every feed once; what came of each address, and the robots.txt as now known."""
    outcomes: dict[str, Fetched] = {}
    async with Fetcher(
        agent=user_agent("newsletter-digest", "1", "https://news.example.org"),
        guard=Guard(),
        resolver=FarmResolver(),
        clock=system_clock,
        robots=robots,
        network=network,
    ) as fetcher:
        requests = [request_for(state) for state in states.values()]
        async for request, outcome in fetch_all(fetcher, requests):
            if isinstance(outcome, FetchedBody):
                take(outcome)
            outcomes[request.url] = outcome
    return outcomes, fetcher.robots


def main(take: Callable[[FetchedBody], object] = lambda _: None) -> None:
    """Measure two runs and print them."""
    farm = Farm(FEEDS)
    states = {farm.url(number): FeedState(farm.url(number)) for number in range(FEEDS)}
    robots: Mapping[str, RobotsCopy] = {}
    with farm_process(FEEDS) as network:
        for name in ("first run", "second run, nothing new"):
            began = time.perf_counter()
            outcomes, robots = asyncio.run(run(network, states, robots, take))
            took = time.perf_counter() - began
            missing = [n for n in farm.well if isinstance(outcomes[farm.url(n)], Failed)]
            assert not missing, missing
            kinds = Counter(type(outcome).__name__ for outcome in outcomes.values())
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name:24} {took:6.2f} s   peak {peak:5.0f} MB   {dict(kinds)}")
            now = system_clock()
            # What failed is left alone for half an hour; the second run asks what is well.
            states = {
                url: next_fetch(states[url], outcome, now, jitter=0.0)
                for url, outcome in outcomes.items()
                if not isinstance(outcome, Failed)
            }
            farm_well = set(states)
            assert len(farm_well) >= len(farm.well)


if __name__ == "__main__":
    main()
