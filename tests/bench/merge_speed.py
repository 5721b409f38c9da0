"""How fast reports become stories: 50,000 at once, and 500 new ones beside 50,000 settled.

The text is made up, with the word frequencies of a language (Zipf) and events of 1 to 60 reports
within three days: each event has its own names and figures, each report a part of them among the
words of every day. Times are processor time. `make bench` prints the table.
"""

import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from digest.merge.same_event.events import MergeInput, group
from digest.merge.same_event.features import Features, make_features

REPORTS = 50_000
FRESH = 500
HOURS = 72
VOCABULARY = 60_000
BEGIN = datetime(2026, 9, 7, tzinfo=UTC)


def main() -> None:
    """Measure both, from the text on and from the stored bytes on."""
    chance = random.Random(5)
    texts = list(make_reports(REPORTS + FRESH, chance))
    chance.shuffle(texts)
    events = len({event for event, *_ in texts[:REPORTS]})
    begin = time.process_time()
    accounts = [_account(str(at), text) for at, text in enumerate(texts[:REPORTS])]
    read = time.process_time() - begin
    grouping = group(accounts)
    merged = time.process_time() - begin
    print(f"{REPORTS:,} reports of {events:,} events to {len(grouping.groups):,} stories:")
    print(f"{merged:.1f} s, of which text to features {read:.1f} s")
    stories = {key: at for at, one in enumerate(grouping.groups) for key in one.members}
    stored = [(one.key, one.features.to_bytes(), one.published) for one in accounts]
    begin = time.process_time()
    window = [
        MergeInput(key, Features.from_bytes(features), published, stories[key])
        for key, features, published in stored
    ]
    new = [_account(f"new {at}", text) for at, text in enumerate(texts[REPORTS:])]
    group([*window, *new])
    print(f"{FRESH} new reports beside them: {time.process_time() - begin:.1f} s")
    size = sum(len(features) for _, features, _ in stored) / REPORTS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:.0f} bytes of features a report; peak memory {peak:.0f} MB")


def _account(key: str, text: tuple[int, str, str, datetime]) -> MergeInput:
    _, headline, summary, published = text
    return MergeInput(key, make_features(headline, summary), published)


def make_reports(count: int, chance: random.Random) -> Iterator[tuple[int, str, str, datetime]]:
    """Event, headline, summary and time of reports, event by event."""
    words = [_word(chance) for _ in range(VOCABULARY)]
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))

    def daily(number: int) -> list[str]:
        return chance.choices(words, cum_weights=weights, k=number)

    made = 0
    while made < count:
        size = min(count - made, 60, int(chance.paretovariate(0.9)))
        names = [_word(chance).capitalize() for _ in range(4)]
        topic = [*daily(12), str(chance.randrange(10, 9999))]
        begin = BEGIN + timedelta(hours=chance.uniform(0, HOURS - 24))
        for _ in range(size):
            head = [*chance.sample(names, 2), *chance.sample(topic, 3), *daily(4)]
            rest = [*chance.sample(names, 3), *chance.sample(topic, 7), *daily(18)]
            chance.shuffle(head)
            chance.shuffle(rest)
            published = begin + timedelta(hours=chance.expovariate(1 / 6))
            yield made, _sentence(head), _sentence(rest), published
        made += size


def _sentence(words: list[str]) -> str:
    return f"{words[0].capitalize()} {' '.join(words[1:])}"


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bcdfghjklmnprstvwz") + chance.choice("aeiou") for _ in range(4))


if __name__ == "__main__":
    main()
