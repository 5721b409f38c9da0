"""The sentences that tell an event best: salient, whole, none twice; pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import ceil

import numpy as np

from digest.merge.summarise.reports import CandidateBullet
from digest.merge.summarise.salience import Matrix, Weighed, lexrank, weigh
from digest.merge.summarise.standalone import width

MAX_BULLETS = 8
# Of a short text this part of its sentences.
_SHARE = 0.7
# Maximal marginal relevance (Carbonell and Goldstein, 1998): what counts for, the rest against.
_RELEVANCE = 0.7
# Sentences that share so much say the same.
_SAME = 0.45
_WITHIN = 0.55
_WITHIN_FIGURES = 0.3
_YEAR = re.compile(r"(?:19|20)\d\d")
# Less than this part of a bullet in no other one is nothing new.
_NEW = 0.35
_LIKED = range(40, 221)


@dataclass(frozen=True, slots=True)
class _Field:
    """All that choosing looks at; the last row of `weighed` is the headline."""

    told: Sequence[CandidateBullet]
    headline: set[str]
    weighed: Weighed
    alike: Matrix
    worth: Matrix

    def part_in(self, row: int, others: AbstractSet[str]) -> float:
        """How much of a sentence, by weight, is in these terms."""
        terms = self.told[row].terms
        weights = {term: self.weighed.rarity[self.weighed.columns[term]] for term in terms}
        whole = sum(weights.values())
        return sum(weights[term] for term in terms if term in others) / whole if whole else 1


def choose_bullets(
    told: Sequence[CandidateBullet], headline: Counter[str], *, limit: int = MAX_BULLETS
) -> tuple[str, ...]:
    """At most `limit` sentences in the order of the telling; fewer of a short text.

    `told` is as `told_by` made it, the most central report's sentences first; `headline` are the
    terms of what stands above: a bullet says more than that.
    """
    if not told:
        return ()
    ground = _survey(told, headline)
    chosen = _choose(ground, limit)
    return tuple(told[row].text for row in _as_told(ground, chosen)) if chosen else ()


def _survey(told: Sequence[CandidateBullet], headline: Counter[str]) -> _Field:
    weighed = weigh([*(one.terms for one in told), headline])
    alike = weighed.alike
    among = alike[:-1, :-1]
    publishers = sorted({one.publisher for one in told})
    groups = np.array([publishers.index(one.publisher) for one in told])
    worth = lexrank(among, np.array([1 / (1 + one.place) for one in told]), groups)
    said_by = np.array([len(set(groups[among[row] >= _SAME])) for row in range(len(told))])
    own = np.array([_own_factor(one) for one in told])
    worth = worth * (1 + 0.25 * (np.maximum(said_by, 1) - 1)) * own
    return _Field(told, set(headline), weighed, alike, (worth / max(worth.max(), 1e-12)).round(9))


def _own_factor(one: CandidateBullet) -> float:
    """What speaks for a sentence by itself: a good length, and a figure."""
    columns = width(one.text)
    length = 1.0 if columns in _LIKED else 0.5 if columns < _LIKED.start else 0.7
    return length * (1.15 if any(term[0].isdigit() for term in one.terms) else 1)


def _choose(ground: _Field, limit: int) -> list[int]:
    """Rows, the best first; one that leans comes after what it leans on."""
    chosen: list[int] = []
    left = [row for row in range(len(ground.told)) if ground.part_in(row, ground.headline) < 1]
    limit = min(limit, ceil(_SHARE * _distinct(ground, left)))
    while len(chosen) < limit:
        left = [row for row in left if row not in chosen and not _is_said(ground, row, chosen)]
        ready = [row for row in left if ground.told[row].leans_on is None or row - 1 in chosen]
        if not ready:
            break
        chosen.append(max(ready, key=lambda row: (_gain(ground, row, chosen), -row)))
    return chosen


def _distinct(ground: _Field, rows: list[int]) -> int:
    kept: list[int] = []
    for row in rows:
        if not _is_said(ground, row, kept):
            kept.append(row)
    return len(kept)


def _is_said(ground: _Field, row: int, chosen: list[int]) -> bool:
    """Whether the chosen ones hold it already, one of them or all together."""
    if any(ground.alike[row, other] >= _SAME for other in chosen):
        return True
    if any(_is_within(ground, row, ground.told[other].terms.keys()) for other in chosen):
        return True
    together = ground.headline.union(*(ground.told[other].terms for other in chosen))
    return bool(chosen) and ground.part_in(row, together) > 1 - _NEW


def _is_within(ground: _Field, row: int, other: AbstractSet[str]) -> bool:
    """Whether another sentence has most of it; with all its figures there, less will do."""
    terms = ground.told[row].terms
    figures = {term for term in terms if term[0].isdigit() and not _YEAR.fullmatch(term)}
    enough = _WITHIN_FIGURES if figures and figures <= other else _WITHIN
    return ground.part_in(row, other) >= enough


def _gain(ground: _Field, row: int, chosen: list[int]) -> float:
    repeated = max((ground.alike[row, other] for other in chosen), default=0.0)
    repeated = max(repeated, 0.5 * ground.alike[row, -1])
    return round(float(_RELEVANCE * ground.worth[row] - (1 - _RELEVANCE) * repeated), 9)


def _as_told(ground: _Field, chosen: list[int]) -> list[int]:
    """In the order of the most central report, each other sentence behind what it is most like.

    The opening of a report comes first, the central one's if it was chosen; a sentence that leans
    follows the one it leans on at once.
    """
    heads = [row for row in chosen if ground.told[row].leans_on is None]
    openings = [row for row in heads if not ground.told[row].place] or heads
    first = next((row for row in openings if not ground.told[row].reading), openings[0])
    # Of two at one place the better comes first, and that is the one that was chosen first.
    rest = sorted(
        (row for row in heads if row != first),
        key=lambda row: (_place(ground, row), chosen.index(row)),
    )
    return [row for head in (first, *rest) for row in _chain(ground.told, head, chosen)]


def _chain(told: Sequence[CandidateBullet], head: int, chosen: list[int]) -> Iterator[int]:
    yield head
    while head + 1 in chosen and told[head + 1].leans_on is not None:
        head += 1
        yield head


def _place(ground: _Field, row: int) -> float:
    told = ground.told
    central = [at for at, one in enumerate(told) if one.reading == told[0].reading]
    if row in central:
        return told[row].place
    nearest = max(central, key=lambda at: (ground.alike[row, at], -at))
    if ground.alike[row, nearest] > 0.1:
        return told[nearest].place + 0.5
    return told[row].place + 0.75
