"""The topic of a story, and why; pure.

Its own where that is a leaf of ours; else by keywords; where these are silent, unsure or of two
minds, by what was learned; else that of its source.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.merge.language.sentences import sentences_of
from digest.merge.language.tokens import stem
from digest.merge.topic_model import Guess, Text, TopicModel
from digest.model import Report, Topic, TopicTree

HEADLINE_WEIGHT = 3
BULLET_WEIGHT = 1
# Of a feed's text the beginning counts, a sentence like a bullet: the rest of a long one is about
# much else.
SUMMARY_SENTENCES = 8
# With another topic this near to the best, its keywords decide nothing.
NEAR = 2 / 3
OTHER = "other"


@dataclass(frozen=True, slots=True)
class TopicScore:
    """What speaks for a topic: its keywords and hints that were found, and their weight together.

    It is not sure of itself where that is a single hint, or hints beside what turns them.
    """

    topic: str
    score: int
    words: tuple[str, ...]
    is_sure: bool = True
    turned_by: tuple[str, ...] = ()

    def __str__(self) -> str:
        scored = f"{self.topic} scores {self.score}: {', '.join(self.words)}"
        if self.turned_by:
            return f"no hint counts beside {', '.join(self.turned_by)}: {scored}"
        return scored if self.is_sure else f"unsure, by one hint alone: {scored}"


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """The topic's id, the reason as a sentence, and all candidates, best first."""

    topic: str
    reason: str
    scores: tuple[TopicScore, ...] = ()


def choose_topic(
    report: Report, tree: TopicTree, *, model: TopicModel | None = None, default: str = ""
) -> TopicChoice:
    """Refine what the report says of itself (`Science`) to a leaf of the tree (`neuroscience`).

    `default` is the topic of its source, by id or title, if that has one.
    """
    own = tree.find(report.topic) if report.topic else None
    if own and tree.is_leaf(own):
        return TopicChoice(own.id, f"the story names {own.title}")
    candidates = tree.leaves_under(own.id if own else None)
    scores = score_topics(text_of(report), candidates)
    reasons = [_reason_of_own(report, own)]
    nearest = near_best(scores)
    if len(nearest) != 1:
        reasons.append("; ".join(map(str, nearest or scores)) or "no keyword of a topic was found")
        guess = _guess(report, model, candidates)
        if guess:
            return TopicChoice(guess.topic, "; ".join((*reasons, str(guess))), scores)
    if nearest:
        reason = f"{reasons[0]}; {nearest[0]}"
        return TopicChoice(nearest[0].topic, reason, scores)
    fallback = _default(default, own, tree)
    if fallback:
        reasons.append(f"its source's topic is {fallback.title}")
    topic = fallback or own
    return TopicChoice(topic.id if topic else OTHER, "; ".join(reasons), scores)


def near_best(scores: Sequence[TopicScore]) -> list[TopicScore]:
    """The best of the topics that are sure of themselves, and those that are near it."""
    sure = [score for score in scores if score.is_sure]
    return [score for score in sure if score.score >= NEAR * sure[0].score]


def text_of(report: Report) -> Text:
    """What of a report says its topic: its headline and bullets, or the beginning of its text."""
    if report.bullets or not report.summary:
        return Text(report.headline, report.bullets)
    sentences = sentences_of(report.summary, report.language)[:SUMMARY_SENTENCES]
    return Text(report.headline, tuple(sentence.text for sentence in sentences))


def score_topics(text: Text, candidates: Sequence[Topic]) -> tuple[TopicScore, ...]:
    """The candidates that have a keyword or a hint in the text, best first, ties in their order.

    One counts HEADLINE_WEIGHT once for the headline, BULLET_WEIGHT for each line below.
    """
    folded = "\n".join((text.headline, *text.lines)).casefold()
    scores = []
    for topic in candidates:
        keywords = _weights(text, folded, topic.keywords)
        hints = _weights(text, folded, topic.hints)
        turned_by = tuple(_weights(text, folded, topic.not_with)) if hints else ()
        if keywords and turned_by:
            hints, turned_by = Counter(), ()
        if weights := keywords + hints:
            words = tuple(word for word, _ in weights.most_common())
            # `battery` and `batteries` are one.
            distinct = {stem(hint.removesuffix("*")) for hint in hints}
            is_sure = bool(keywords) or (len(distinct) > 1 and not turned_by)
            scores.append(TopicScore(topic.id, weights.total(), words, is_sure, turned_by))
    return tuple(sorted(scores, key=lambda s: -s.score))


def _weights(text: Text, folded: str, keywords: Sequence[str]) -> Counter[str]:
    weights: Counter[str] = Counter()
    for keyword in keywords:
        if _beginning(keyword) not in folded:
            continue  # nearly all of them: only the rest is worth a closer look
        pattern = _pattern(keyword)
        weight = HEADLINE_WEIGHT if pattern.search(text.headline) else 0
        weight += BULLET_WEIGHT * sum(1 for line in text.lines if pattern.search(line))
        if weight:
            weights[keyword] = weight
    return weights


def _reason_of_own(report: Report, own: Topic | None) -> str:
    if not report.topic:
        return "the story names no topic"
    unknown = "" if own else ", which is not in config/topics.toml"
    return f"the story names {report.topic}{unknown}"


def _guess(report: Report, model: TopicModel | None, candidates: tuple[Topic, ...]) -> Guess | None:
    """What was learned says, where it is sure."""
    if model is None:
        return None
    guess = model.guess(text_of(report), {topic.id for topic in candidates})
    return guess if guess and guess.is_sure else None


def _default(default: str, own: Topic | None, tree: TopicTree) -> Topic | None:
    """The source's topic, unless the story says of itself that it is of another kind."""
    topic = tree.find(default) if default else None
    if topic and own and own.id not in tree.lineage(topic.id):
        return None
    return topic


@lru_cache(maxsize=4096)
def _beginning(keyword: str) -> str:
    """What stands in every text that a keyword is in: its first word."""
    return next(iter(keyword.casefold().removesuffix("*").split()), "")


@lru_cache(maxsize=4096)
def _pattern(keyword: str) -> re.Pattern[str]:
    """Whole words in any case; a plural s is allowed, a final * stands for any ending.

    The words of a phrase may be joined by hyphens: `stem-cell treatment`. A blank keyword is
    never found.
    """
    stem = keyword.strip().removesuffix("*").strip()
    if not stem:
        return re.compile(r"(?!)")
    words = r"[\s\u2010\u2011-]+".join(re.escape(word) for word in stem.split())
    ending = r"\w*" if keyword.strip().endswith("*") else r"(?:s|es|['’]s)?"
    return re.compile(rf"(?<!\w){words}{ending}(?!\w)", re.IGNORECASE)
