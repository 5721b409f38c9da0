"""The topic of a story, and why: its own where that is a leaf of ours, else by keywords; pure."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from digest.model import Report, Topic, TopicTree

HEADLINE_WEIGHT = 3
BULLET_WEIGHT = 1
OTHER = "other"


@dataclass(frozen=True, slots=True)
class TopicScore:
    """What speaks for a topic: its keywords that were found, and their weight together."""

    topic: str
    score: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """The topic's id, the reason as a sentence, and all candidates, best first."""

    topic: str
    reason: str
    scores: tuple[TopicScore, ...] = ()


def choose_topic(report: Report, tree: TopicTree) -> TopicChoice:
    """Refine what the report says of itself (`Science`) to a leaf of the tree (`neuroscience`)."""
    own = tree.find(report.topic) if report.topic else None
    if own and tree.is_leaf(own):
        return TopicChoice(own.id, f"the story names {own.title}")
    scores = score_topics(report, tree.leaves_under(own.id if own else None))
    said = f"the story names {report.topic}" if report.topic else "the story names no topic"
    if report.topic and not own:
        said += ", which is not in config/topics.toml"
    if scores:
        best = scores[0]
        words = ", ".join(best.words)
        return TopicChoice(best.topic, f"{said}; {best.topic} scores {best.score}: {words}", scores)
    kept = own.id if own else OTHER
    return TopicChoice(kept, f"{said}; no keyword of a topic was found")


def score_topics(report: Report, candidates: tuple[Topic, ...]) -> tuple[TopicScore, ...]:
    """The candidates that have at least one keyword in the text, best first, ties in their order.

    A keyword counts HEADLINE_WEIGHT once for the headline, BULLET_WEIGHT for each bullet.
    """
    scores = []
    for topic in candidates:
        found: Counter[str] = Counter()
        for keyword in topic.keywords:
            pattern = _pattern(keyword)
            weight = HEADLINE_WEIGHT if pattern.search(report.headline) else 0
            weight += BULLET_WEIGHT * sum(1 for b in report.bullets if pattern.search(b))
            if weight:
                found[keyword] = weight
        if found:
            words = tuple(word for word, _ in found.most_common())
            scores.append(TopicScore(topic.id, found.total(), words))
    return tuple(sorted(scores, key=lambda s: -s.score))


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
    ending = r"\w*" if keyword.strip().endswith("*") else r"(?:s|es|['’]s)?"  # noqa: RUF001
    return re.compile(rf"(?<!\w){words}{ending}(?!\w)", re.IGNORECASE)
