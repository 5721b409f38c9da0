"""How good learned topics are: each story is guessed by a model that has not seen it; pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.merge.topic_model import Guess, Label, train
from digest.merge.topics import near_best, score_topics
from digest.model import Topic

FOLDS = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """One story: the topic that a person gave it, and what the model makes of it."""

    topic: str
    guess: Guess | None

    @property
    def is_right(self) -> bool:
        """Whether the two agree."""
        return self.guess is not None and self.guess.topic == self.topic


@dataclass(frozen=True, slots=True)
class TopicResult:
    """Of a topic: its stories, the part of the guesses of it that is right, and the part found."""

    topic: str
    labels: int
    precision: float | None
    recall: float


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """What came out of all trials.

    `decided` are the guesses that are sure enough to count, `right` those of them that are right;
    `confusions` are pairs of the true and the guessed topic, the most frequent first.
    """

    labels: int
    accuracy: float
    decided: int
    right: int
    topics: tuple[TopicResult, ...]
    confusions: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class KeywordFigures:
    """Of the labelled stories, those that keywords decide, and how many rightly.

    They are `unsure` of those of which a single hint speaks, or two topics speak about as much.
    """

    labels: int
    decided: int
    right: int
    unsure: int


def try_keywords(labels: Sequence[Label], leaves: Sequence[Topic]) -> KeywordFigures:
    """What the keywords of all leaves alone make of the stories."""
    decided = right = unsure = 0
    for label in labels:
        scores = score_topics(label.text, leaves)
        nearest = near_best(scores)
        if len(nearest) == 1:
            decided += 1
            right += nearest[0].topic == label.topic
        else:
            unsure += bool(scores)
    return KeywordFigures(len(labels), decided, right, unsure)


def cross_validate(labels: Sequence[Label], leaves: Sequence[str] = ()) -> TrialFigures:
    """Train on nine tenths and guess the last, ten times; each tenth has some of every topic.

    `leaves` are those of the tree: what is not learned of them makes a guess less sure.
    """
    of_topic: defaultdict[str, int] = defaultdict(int)
    parts: defaultdict[int, list[Label]] = defaultdict(list)
    for label in labels:
        parts[of_topic[label.topic] % FOLDS].append(label)
        of_topic[label.topic] += 1
    trials: list[Trial] = []
    for part, part_labels in sorted(parts.items()):
        training = [label for n, other in sorted(parts.items()) if n != part for label in other]
        model = train(training, leaves, datetime.min.replace(tzinfo=UTC))
        guesses = (model.guess(label.text, model.topics) for label in part_labels)
        trials += [
            Trial(label.topic, guess) for label, guess in zip(part_labels, guesses, strict=True)
        ]
    return summarise(trials)


def summarise(trials: Sequence[Trial]) -> TrialFigures:
    """The figures of at least one trial."""
    sure = [trial for trial in trials if trial.guess and trial.guess.is_sure]
    wrong = Counter((t.topic, t.guess.topic) for t in trials if t.guess and not t.is_right)
    topics = []
    for topic in sorted({trial.topic for trial in trials}):
        guessed = [trial for trial in trials if trial.guess and trial.guess.topic == topic]
        right = sum(trial.is_right for trial in guessed)
        labels = sum(trial.topic == topic for trial in trials)
        precision = right / len(guessed) if guessed else None
        topics.append(TopicResult(topic, labels, precision, right / labels))
    return TrialFigures(
        labels=len(trials),
        accuracy=sum(trial.is_right for trial in trials) / len(trials),
        decided=len(sure),
        right=sum(trial.is_right for trial in sure),
        topics=tuple(topics),
        confusions=tuple((*pair, n) for pair, n in sorted(wrong.items(), key=lambda w: (-w[1], w))),
    )
