"""How long an issue takes to render, beside npm mjml in the same run; `make bench` prints it.

Render of 30 stories and six topics, Jinja2 and MJML, warm      at most 5 ms
64 topic sets of six topics: 64 skeletons, one render            at most 150 ms
Filling a skeleton for one subscriber                            at most 10 microseconds
"""

import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from digest.compose.issue import variant
from digest.model import Issue, Newsletter, SourceRef, Subscriber, Topic
from digest.render.links import Links
from digest.render.mail import Renderer, assemble
from digest.render.message import VariantMessages, slot_values, to_header
from digest.render.mjml import to_html
from digest.render.placeholders import Placeholders
from digest.render.skeleton import personal_values
from tests.builders import DAY, NOON, layout_of_variant, newsletter, story

HERE = Path(__file__).parent
ROUNDS = 30
TOPICS = tuple(
    Topic(name, name.title())
    for name in ("space", "medicine", "oceans", "physics", "climate", "biology")
)
POINT = (
    "Researchers report a result that a subscriber would be glad to have seen, with its figures. "
    * 2
)


def day(count: int = 30) -> Issue:
    """So many stories on six topics."""
    sources = (SourceRef("Example Times", "https://example.org/"), SourceRef("Example Post"))
    stories = tuple(
        story(
            number,
            headline=f"Story {number}: a headline of about seventy characters, as most are",
            bullets=(POINT, POINT, POINT),
            topic=TOPICS[number % 6].id,
            source_count=2,
            sources=sources,
        )
        for number in range(1, count + 1)
    )
    return Issue("daily", DAY, stories[0].headline, POINT[:140], TOPICS, stories)


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of warm runs."""
    work()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def every_skeleton(renderer: Renderer, issue: Issue, letter: Newsletter) -> int:
    """One render, and the skeleton of each of the 64 sets of six topics; how many."""
    rendered = renderer.render(issue, letter)
    count = 0
    for size in range(7):
        for chosen in combinations([topic.id for topic in TOPICS], size):
            seen = variant(issue, frozenset(chosen), letter)
            assert seen is not None
            VariantMessages(assemble(rendered, seen, letter), seen, letter, renderer.links)
            count += 1
    return count


def npm_mjml(source: str) -> float | None:
    """The median of npm mjml on the same MJML, or None where it is not installed."""
    if shutil.which("node") is None or not (HERE / "node_modules" / "mjml").is_dir():
        return None
    command = ["node", str(HERE / "mjml.mjs"), str(ROUNDS)]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    times: list[float] = json.loads(done.stdout)
    return statistics.median(times)


def main() -> None:
    """Measure and print the table."""
    issue, letter = day(), newsletter()
    links = Links("https://news.example.org", "a key")
    renderer = Renderer((), links)
    inputs = (issue, letter, layout_of_variant(issue, letter), Placeholders("0" * 16))
    source = renderer.mjml(*inputs)
    whole = milliseconds(lambda: to_html(renderer.mjml(*inputs), "bench"))
    text = milliseconds(lambda: renderer.text(*inputs))
    ours = milliseconds(lambda: to_html(source, "bench"))
    theirs = npm_mjml(source)
    sets = milliseconds(lambda: every_skeleton(renderer, issue, letter), rounds=7)
    messages = VariantMessages(
        assemble(renderer.render(issue, letter), issue, letter), issue, letter, links
    )
    subscriber = Subscriber(1, "ada@example.org", "Ada Lovelace")
    values = slot_values(letter, subscriber, links)

    others = {"date": b"x", "message-id": b"y", "list-unsubscribe": b"z"}

    def fill() -> None:
        for _ in range(1000):
            messages.skeleton.fill(
                {**personal_values(values), "to": to_header(subscriber), **others}
            )

    print(f"Jinja2 and MJML, 30 stories, six topics         {whole:8.2f} ms   (at most 5)")
    print(f"The text part                                   {text:8.2f} ms")
    print(f"MJML alone                                      {ours:8.2f} ms")
    if theirs is None:
        print("npm mjml: skipped, not installed (npm ci --prefix tests/bench)")
    else:
        times = f"({theirs / ours:.0f} times ours)"
        print(f"npm mjml on the same source                     {theirs:8.2f} ms   {times}")
    print(f"64 topic sets: one render, 64 skeletons         {sets:8.2f} ms   (at most 150)")
    filling = milliseconds(fill)
    print(f"Filling a skeleton, links given                 {filling:8.2f} us   (at most 10)")
    print(
        f"A whole message, links signed                   {a_message(messages, subscriber):8.2f} us"
    )


def a_message(messages: VariantMessages, subscriber: Subscriber) -> float:
    """Microseconds for one message from the subscriber alone."""

    def work() -> None:
        for _ in range(1000):
            messages.envelope(subscriber, NOON)

    return milliseconds(work, rounds=7)


if __name__ == "__main__":
    main()
