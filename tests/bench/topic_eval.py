"""How well topics are told: by the keywords of a project, and by what is learned from few labels.

    python -m tests.bench.topic_eval FILE.csv [--topics config/topics.toml] [--labels 20 10]

FILE.csv has the columns topic, headline and text: the topic's id, and a text of some sentences.
Labelled news of this kind are AG News and BBC News; neither is ours to carry. AG News comes as
test.csv with the class, the headline and the text, without a line of names; this puts it in place:

    (echo topic,headline,text; sed 's/^"1"/world/;s/^"2"/sport/;s/^"3"/business/;s/^"4"/science/' \
        test.csv) > ag.csv

What the keywords decide is counted where the topics.toml has these ids. Without a FILE the sample
stories in seeds/ are taken, which are too few to learn from.
"""

import argparse
import csv
import random
import tomllib
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

from digest.collect.files.folder import read_folder
from digest.collect.files.result import ReadStory
from digest.merge.language.sentences import sentences_of
from digest.merge.topic_model import Label, Text, train
from digest.merge.topic_trial import try_keywords
from digest.merge.topics import SUMMARY_SENTENCES, text_of
from digest.model import Topic, TopicTree
from tests.paths import ROOT

TRIALS = 20


def read_labels(path: Path | None) -> list[Label]:
    """The labelled texts of a file, or of the sample stories."""
    if path is None:
        found = read_folder(ROOT / "seeds", source="seeds", today=date.max, hashes={})
        reports = [item.report for item in found if isinstance(item, ReadStory)]
        return [Label(text_of(one), one.topic.casefold()) for one in reports if one.topic]
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Label(Text(row["headline"], _lines(row["text"])), row["topic"])
            for row in csv.DictReader(file)
        ]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(one.text for one in sentences_of(text)[:SUMMARY_SENTENCES])


def read_topics(path: Path) -> TopicTree:
    """The topics of a topics.toml."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["topics"]
    lists = ("keywords", "hints", "not_with")
    return TopicTree(
        tuple(
            Topic(**{**one, **{name: tuple(one.get(name, ())) for name in lists}}) for one in tables
        )
    )


def by_keywords(labels: list[Label], tree: TopicTree) -> str:
    """What the keywords decide alone, and of how much they are unsure."""
    leaves = tree.leaves_under(None)
    ids = {leaf.id for leaf in leaves}
    figures = try_keywords([label for label in labels if label.topic in ids], leaves)
    return (
        f"keywords: {figures.labels} texts, {figures.decided} decided, {figures.right} right "
        f"({figures.right / max(figures.decided, 1):.2f} of these, "
        f"{figures.right / max(figures.labels, 1):.2f} of all), {figures.unsure} unsure"
    )


def by_learning(labels: list[Label], of_each: int) -> str:
    """What is learned from so many labels a topic, on all others; the mean of several draws."""
    by_topic: defaultdict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_topic[label.topic].append(label)
    most = max(map(len, by_topic.values()), default=0)
    if most <= of_each:
        return (
            f"learned from {of_each} a topic: no topic has more than {most}, none are left to try"
        )
    guessed = right = sure = sure_right = 0
    for seed in range(TRIALS):
        chance = random.Random(seed)
        training: list[Label] = []
        rest: list[Label] = []
        for of_topic in by_topic.values():
            drawn = chance.sample(of_topic, len(of_topic))
            training += drawn[:of_each]
            rest += drawn[of_each:]
        model = train(training, (), datetime.min.replace(tzinfo=UTC))
        for label in rest:
            guess = model.guess(label.text, model.topics)
            guessed += 1
            right += guess is not None and guess.topic == label.topic
            sure += guess is not None and guess.is_sure
            sure_right += guess is not None and guess.is_sure and guess.topic == label.topic
    return (
        f"learned from {of_each} a topic: {right / max(guessed, 1):.2f} of all right; sure of "
        f"{sure / max(guessed, 1):.2f}, of these {sure_right / max(sure, 1):.2f} right"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--topics", type=Path, default=ROOT / "config" / "topics.toml")
    parser.add_argument("--labels", type=int, nargs="+", default=[20, 10, 3])
    chosen = parser.parse_args()
    labels = read_labels(chosen.file)
    print(by_keywords(labels, read_topics(chosen.topics)))
    for of_each in chosen.labels:
        print(by_learning(labels, of_each))


if __name__ == "__main__":
    main()
