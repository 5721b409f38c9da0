"""How often the links of a story are followed: numbers, gathered in memory and written together.

Of who follows one nothing is kept: a network is known for a minute, so that it counts once.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from digest.error_words import words_of
from digest.log import get_logger
from digest.networks import Network, network_of
from digest.project import Project
from digest.services.site.counted_links import CountedLinks, StoryLinks
from digest.store import clicks
from digest.store.clicks import ClickKey

log = get_logger(__name__)

# Seconds between two writes: so much is lost where a process is killed.
EVERY = 5.0


class RecentVisits:
    """Which networks followed which story's links just now; in memory, and not for longer."""

    SECONDS = 60.0
    MOST = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[tuple[Network, ClickKey], float] = {}  # the first that ends is the first

    def is_repeat(self, network: Network, key: ClickKey) -> bool:
        """Whether this network followed these links within so many seconds; from now on it did."""
        self.forget()
        if (network, key) in self._until:
            return True
        while len(self._until) >= self.MOST:
            del self._until[next(iter(self._until))]
        self._until[network, key] = self._clock() + self.SECONDS
        return False

    def forget(self) -> None:
        """Forget what is longer ago."""
        now = self._clock()
        while self._until and next(iter(self._until.values())) <= now:
            del self._until[next(iter(self._until))]


class ClickCounter:
    """Counts for the newsletters whose settings say so; all else leaves no trace."""

    def __init__(self, project: Project, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._project = project
        letters = project.config.settings.newsletters
        self.newsletters = frozenset(letter.id for letter in letters if letter.count_clicks)
        self._counts: Counter[ClickKey] = Counter()
        self._recent = RecentVisits(monotonic)
        self._lock = threading.Lock()

    def count(self, links: StoryLinks, host: str | None) -> None:
        """Somebody at `host` followed a link of a story."""
        if links.newsletter not in self.newsletters:
            return
        key = ClickKey(links.issue_id, links.story_id, self._project.clock().date())
        # Of an address inside nobody knows whose it is: each counts.
        network = network_of(host)
        with self._lock:
            if network is None or not self._recent.is_repeat(network, key):
                self._counts[key] += 1

    def write(self) -> None:
        """Add to the database what was counted; what it does not take now waits."""
        with self._lock:
            self._recent.forget()
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with self._project.database.write() as connection:
                clicks.add(connection, counts)
        except IntegrityError:
            # Another database is in its place, which has none of these issues.
            log.warning("clicks dropped", count=counts.total())
        except DBAPIError as error:
            log.warning("clicks wait", count=counts.total(), reason=words_of(error))
            with self._lock:
                self._counts.update(counts)


@contextmanager
def click_thread(
    counter: ClickCounter, links: CountedLinks, *, every: float = EVERY
) -> Iterator[None]:
    """Writes in a thread what was counted, every so many seconds and at the end.

    It reads each new issue, too: its links lead on where the database is away after that.
    """
    if not counter.newsletters:
        yield
        return
    over = threading.Event()

    def rounds() -> None:
        _one_round(counter, links)
        while not over.is_set():
            over.wait(every)
            _one_round(counter, links)

    thread = threading.Thread(target=rounds, name="clicks")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _one_round(counter: ClickCounter, links: CountedLinks) -> None:
    """Whatever goes wrong, the next round is another try."""
    try:
        counter.write()
        for newsletter in sorted(counter.newsletters):
            links.read_latest(newsletter)
    except DBAPIError as error:
        log.warning("links of the last issues not read", reason=words_of(error))
    except Exception:
        log.exception("clicks failed")
