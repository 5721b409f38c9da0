"""Topics learned from stories that a person labelled; pure.

Naive Bayes, multinomial, over TF-IDF of unit length: training is counting, and the model is a
table of words. The unit length tames the probabilities (decision 17).
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.merge.language.tokens import plain, read_line

# From fewer stories a topic is not learned; from fewer in all, or of one topic alone, nothing is.
LEAST_OF_TOPIC = 3
LEAST_TOPICS = 2
LEAST_LABELS = 10
# A guess below it decides nothing.
SURE = 0.6
HEADLINE_COUNT = 2
# What every word of the vocabulary is given with every topic, beside what was counted.
SMOOTHING = 0.01
MOST_WORDS = 5000
SHOWN_WORDS = 3
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Text:
    """What a topic is told from: the headline, and the lines below it."""

    headline: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A text with the topic that a person gave it."""

    text: Text
    topic: str


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest topic, and what speaks for it: words as the text has them, weightiest first."""

    topic: str
    probability: float
    words: tuple[tuple[str, float], ...]
    labels: int

    @property
    def is_sure(self) -> bool:
        """Whether it may decide."""
        return self.probability >= SURE

    def __str__(self) -> str:
        words = ", ".join(f"{word} {weight:.2f}" for word, weight in self.words)
        return f"learned from {self.labels} stories: {words} -> {self.topic} {self.probability:.2f}"


@dataclass(frozen=True, slots=True)
class TopicModel:
    """What was learned: how rare each term is, and how it speaks for each of `topics`, in order.

    `leaves` are the leaves of the tree that it was made for; for another tree it is stale.
    """

    made_at: datetime
    labels: int
    leaves: tuple[str, ...]
    topics: tuple[str, ...]
    rarity: Mapping[str, float] = field(repr=False)
    weights: Mapping[str, tuple[float, ...]] = field(repr=False)

    def guess(self, text: Text, among: Collection[str]) -> Guess | None:
        """The likeliest of the topics in `among`; None without a word or a topic that it knows.

        Each leaf that was not learned is as likely as a topic of which no word says anything: what
        is like none of the few that were learned is then of none of them.
        """
        vector = _vector(_count(text), self.rarity, self.labels)
        places = [at for at, topic in enumerate(self.topics) if topic in among]
        if not vector or not places:
            return None
        rows = [[v * weight for weight in self.weights[t]] for t, v in vector.items()]
        sums = [math.fsum(column) for column in zip(*rows, strict=True)]
        sums += [0.0] * len(set(self.leaves) - set(self.topics))
        odds = [math.exp(score - max(sums)) for score in sums]
        chances = [odd / math.fsum(odds) for odd in odds]
        best = max(places, key=lambda at: chances[at])
        speaks = {term: row[best] for term, row in zip(vector, rows, strict=True)}
        return Guess(self.topics[best], chances[best], _shown(speaks, text), self.labels)


def _shown(speaks: Mapping[str, float], text: Text) -> tuple[tuple[str, float], ...]:
    """The terms that speak most for a topic, as the text first writes them."""
    written: dict[str, str] = {}
    for line in (text.headline, *text.lines):
        for word in read_line(plain(line)).words:
            written.setdefault(word.term, word.text.lower())
    first = sorted(speaks, key=lambda term: (-speaks[term], term))[:SHOWN_WORDS]
    return tuple((written[term], speaks[term]) for term in first if speaks[term] > 0)


def learnable(labels: Iterable[Label]) -> list[Label]:
    """The labels of the topics that have enough of them; none at all where those are too few."""
    labels = list(labels)
    counts = Counter(label.topic for label in labels)
    common = [label for label in labels if counts[label.topic] >= LEAST_OF_TOPIC]
    enough = len(common) >= LEAST_LABELS and len({label.topic for label in common}) >= LEAST_TOPICS
    return common if enough else []


def train(labels: Sequence[Label], leaves: Sequence[str], now: datetime) -> TopicModel:
    """The model of at least one label; the same whatever order they come in."""
    counts = [_count(label.text) for label in labels]
    texts = Counter(term for counted in counts for term in counted)
    vocabulary = sorted(texts, key=lambda term: (-texts[term], term))[:MOST_WORDS]
    rarity = {
        term: round(1 + math.log((1 + len(counts)) / (1 + texts[term])), DIGITS)
        for term in vocabulary
    }
    topics = tuple(sorted({label.topic for label in labels}))
    sums = {topic: dict.fromkeys(rarity, SMOOTHING) for topic in topics}
    for label, counted in sorted(zip(labels, counts, strict=True), key=lambda pair: repr(pair[0])):
        for term, value in _vector(counted, rarity, len(labels)).items():
            sums[label.topic][term] += value
    totals = {topic: math.fsum(of_terms.values()) for topic, of_terms in sums.items()}
    weights: dict[str, tuple[float, ...]] = {}
    for term in rarity:
        logs = [math.log(sums[topic][term] / totals[topic]) for topic in topics]
        mean = math.fsum(logs) / len(logs)
        # What is above nothing speaks for a topic, what is below against it.
        weights[term] = tuple(round(value - mean, DIGITS) for value in logs)
    return TopicModel(now, len(labels), tuple(leaves), topics, rarity, weights)


def _count(text: Text) -> Counter[str]:
    counts: Counter[str] = Counter()
    for at, line in enumerate((text.headline, *text.lines)):
        for word in read_line(plain(line)).words:
            if word.term:
                counts[word.term] += 1 if at else HEADLINE_COUNT
    return counts


def _vector(counts: Counter[str], rarity: Mapping[str, float], labels: int) -> dict[str, float]:
    """The weights of the known terms; with the unknown ones, which are rare, they have length one.

    So a text of which the model knows one word in ten is not decided by that word.
    """
    unseen = 1 + math.log(1 + labels)
    raw = {t: (1 + math.log(n)) * rarity.get(t, unseen) for t, n in sorted(counts.items())}
    length = math.sqrt(math.fsum(value * value for value in raw.values()))
    return {term: value / length for term, value in raw.items() if term in rarity}
