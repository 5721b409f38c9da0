"""What choices of subscribers cost: mail that waits for stories, and lists of keywords.

One issue is put together for 1,000 lists of keywords that differ. Then one is laid out for all
again and again, each time rolled back, in turn for subscribers who get every issue and for the same
of whom some, half or all wait for so many stories: of 64 sets of topics, 100 lists of keywords, ten
thresholds, and half of them since yesterday.

Laying out where a tenth waits / where nobody does       at most 1.3
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain, combinations
from pathlib import Path

import sqlalchemy as sa

from digest.model import DeliveryState
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.services.delivery import schedule
from digest.services.issues.messages import IssueMessages
from digest.settings import DeliverySettings
from digest.store import issues
from digest.store.database import Database
from digest.store.schema import deliveries as delivery_table
from digest.store.schema import subscriptions
from tests.bench import filling, mail
from tests.bench.machine import facts
from tests.bench.mail import LETTER
from tests.bench.preferences import postgres
from tests.bench.render import TOPICS, day
from tests.bench.rounds import spread
from tests.builders import newsletter

ROUNDS = 5
LISTS = 1_000
SHARES = (0.1, 0.5, 1.0)
_TOPIC_SETS = [
    list(some)
    for some in chain.from_iterable(
        combinations([topic.id for topic in TOPICS], count) for count in range(7)
    )
]


def choose(database: Database, share: float) -> None:
    """Everybody's choice, by their number; a share of them waits for stories."""
    number = subscriptions.c.subscriber_id
    topics = sa.case(
        *((number % 64 == at, sa.literal(some, sa.JSON)) for at, some in enumerate(_TOPIC_SETS))
    )
    keywords = sa.case(
        *(
            (number % 100 == at, sa.literal((f"word{at}",), subscriptions.c.keywords.type))
            for at in range(100)
        )
    )
    at_least = sa.case((number / 64 % 10 < share * 10, number % 10 + 1))
    with database.write() as connection:
        values = {"topics": topics, "keywords": keywords, "at_least": at_least}
        connection.execute(sa.update(subscriptions).values(**values))


def lay_out(database: Database, issue_id: int) -> float:
    """Seconds to lay an issue out, without the commit; it is rolled back."""
    with database.rehearsal() as connection:
        sealed = issues.get(connection, issue_id).neighbour
        begin = time.perf_counter()
        schedule.lay_out(connection, sealed, LETTER, DeliverySettings(), datetime.now(UTC))
        return time.perf_counter() - begin


def measure_lay_out(name: str, database: Database, count: int) -> None:
    """Each share, in turn."""
    filling.fill(database, count)
    before = filling.seal(database, mail.yesterday())
    filling.lay_out(database, before)
    with database.write() as connection:
        odd = delivery_table.c.subscriber_id % 2 == 1
        paused = sa.case((odd, DeliveryState.PAUSED.value), else_=DeliveryState.SENT.value)
        connection.execute(sa.update(delivery_table).values(state=paused, finished_at=None))
    issue_id = filling.seal(database, mail.today(), mail.rendered())
    seconds: dict[float, list[float]] = {share: [] for share in (0, *SHARES)}
    for _ in range(ROUNDS):
        for share, times in seconds.items():
            choose(database, share)
            times.append(lay_out(database, issue_id))
    for share in SHARES:
        ratios = [some / none for some, none in zip(seconds[share], seconds[0], strict=True)]
        print(
            f"- {name}, {count:,} subscribers, {share:.0%} of them wait for stories: laid out in "
            f"{spread(seconds[share]).show('.2f')} s, where nobody does in "
            f"{spread(seconds[0]).show('.2f')} s; ratio {spread(ratios).show('.2f')}",
            flush=True,
        )


def measure_lists() -> None:
    """One issue for so many lists, most of which take something out."""
    issue, letter = day(30), newsletter(max_stories=30, stories_per_topic=30, max_source_share=1.0)
    links = Links("https://news.example.org", "key")
    rendered = Renderer((), links).render(issue, letter)
    messages = IssueMessages(issue, rendered, letter, links, lambda: datetime.now(UTC))
    lists = [(f"title:{1 + at % 30}", f"title:{1 + at // 30}", f"word{at}") for at in range(LISTS)]
    begin = time.perf_counter()
    variants = {id(messages.variant(frozenset(), keywords=keywords)) for keywords in lists}
    seconds = time.perf_counter() - begin
    print(
        f"- {len(set(lists)):,} lists of keywords, one issue of 30: {len(variants)} mails put "
        f"together, in {seconds * 1e3:.0f} ms, {seconds / LISTS * 1e6:.0f} microseconds a list"
    )
    none = [(f"word{at}", f"other{at}") for at in range(LISTS)]
    begin = time.perf_counter()
    variants = {id(messages.variant(frozenset(), keywords=keywords)) for keywords in none}
    seconds = time.perf_counter() - begin
    print(
        f"- {LISTS:,} lists that take nothing out: {len(variants)} mail, in {seconds * 1e3:.0f} ms"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.choices", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=100_000)
    options = parser.parse_args()
    print(f"## Choices of subscribers\n\n{facts()}\n")
    measure_lists()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = filling.open_database(folder / "sqlite")
        stack.callback(database.close)
        measure_lay_out("SQLite", database, options.subscribers)
        server = Database(stack.enter_context(postgres(folder / "server")), folder)
        stack.callback(server.close)
        measure_lay_out("PostgreSQL", server, options.subscribers)


if __name__ == "__main__":
    main()
