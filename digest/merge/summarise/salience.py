"""Which sentences say what most of the others say: LexRank (Erkan and Radev, 2004); pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digest.merge.language.commonwords import COMMON
from digest.merge.language.tokens import plain, read_line, stem

Matrix = npt.NDArray[np.float64]

DAMPING = 0.85
# What two publishers say is worth more than what one repeats.
ACROSS = 1.5
# A few sentences cannot say what is rare: so many imagined ones stand beside them.
IMAGINED = 50
COMMON_WEIGHT = 0.5
_ROUNDS, _STILL = 100, 1e-10
_COMMON = frozenset(stem(plain(word)) or plain(word) for word in COMMON)


def terms_of(text: str) -> Counter[str]:
    """The terms of a text, without its stopwords, counted."""
    return Counter(word.term for word in read_line(plain(text)).words if word.term)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Texts as rows of weights, of length one, over the terms of all."""

    columns: dict[str, int]
    rarity: Matrix
    rows: Matrix

    @property
    def alike(self) -> Matrix:
        """The cosine of each text with each."""
        return self.rows @ self.rows.T


def weigh(texts: Sequence[Counter[str]]) -> Weighed:
    """TF-IDF of texts among themselves."""
    columns = {term: at for at, term in enumerate(sorted(set().union(*texts)))}
    counts = np.zeros((len(texts), len(columns)))
    for row, terms in enumerate(texts):
        counts[row, [columns[term] for term in terms]] = list(terms.values())
    rarity = np.log((IMAGINED + len(texts)) / (0.5 + (counts > 0).sum(axis=0)))
    rarity *= np.array([COMMON_WEIGHT if term in _COMMON else 1 for term in columns])
    weights = np.log1p(counts) * rarity
    norms = np.linalg.norm(weights, axis=1, keepdims=True)
    return Weighed(columns, rarity, weights / np.maximum(norms, 1e-12))


def lexrank(alike: Matrix, bias: Matrix, groups: npt.NDArray[np.int64]) -> Matrix:
    """The salience of each sentence; together they are 1.

    `bias` is what each is worth by itself; `groups` names the publisher of each.
    """
    across = np.where(groups[:, None] == groups[None, :], 1.0, ACROSS)
    links = alike * across * (1 - np.eye(len(alike)))
    sums = links.sum(axis=1, keepdims=True)
    bias = bias / bias.sum()
    steps = np.where(sums > 0, links / np.maximum(sums, 1e-12), bias)
    rank = bias
    for _ in range(_ROUNDS):
        following = DAMPING * (rank @ steps) + (1 - DAMPING) * bias
        if np.abs(following - rank).max() < _STILL:
            break
        rank = following
    return rank.round(9)
