"""The sentences that tell an event best: salient, whole, none twice; pure."""

import re
from collections import Counter
from collections.abc import Sequence
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
class _Candidates:
    """All that choosing looks at; the last row of `weighed` is the headline."""

    bullets: Sequence[CandidateBullet]
    headline: set[str]
    weighed: Weighed
    alike: Matrix
    worth: Matrix

    def part_in(self, row: int, others: AbstractSet[str]) -> float:
        """How much of a sentence, by weight, is in these terms."""
        terms = self.bullets[row].terms
        weights = {term: self.weighed.rarity[self.weighed.columns[term]] for term in terms}
        whole = sum(weights.values())
        return sum(weights[term] for term in terms if term in others) / whole if whole else 1


def choose_bullets(
    bullets: Sequence[CandidateBullet], headline: Counter[str], *, limit: int = MAX_BULLETS
) -> tuple[CandidateBullet, ...]:
    """At most `limit` sentences in the order of the reports; fewer of a short text.

    `bullets` are as `candidate_bullets` made them, the most central report's sentences first;
    `headline` are the terms of what stands above: a bullet says more than that.
    """
    if not bullets:
        return ()
    candidates = _weigh_candidates(bullets, headline)
    chosen = _choose(candidates, limit)
    return tuple(bullets[row] for row in _in_order(candidates, chosen)) if chosen else ()


def pick_bullets(
    bullets: Sequence[CandidateBullet], headline: Counter[str], rows: Sequence[int], limit: int
) -> tuple[CandidateBullet, ...]:
    """Those of `rows` that somebody else chose, in that order, at most `limit` of them.

    None that says what the headline or those before it say. One that depends on another stands
    behind that, also where it was not chosen.
    """
    candidates = _weigh_candidates(bullets, headline)
    picked: list[int] = []
    for row in rows:
        chain = [row]
        while bullets[chain[0]].depends_on is not None:
            chain.insert(0, chain[0] - 1)
        for link in chain:
            if link in picked:
                continue
            if candidates.part_in(link, candidates.headline) == 1 or _is_said(
                candidates, link, picked
            ):
                break
            behind = bullets[link].depends_on is not None
            picked.insert(picked.index(link - 1) + 1 if behind else len(picked), link)
    return tuple(bullets[row] for row in picked[:limit])


def _weigh_candidates(bullets: Sequence[CandidateBullet], headline: Counter[str]) -> _Candidates:
    """What each sentence is worth: central, said by many, of a good length, with a figure."""
    weighed = weigh([*(bullet.terms for bullet in bullets), headline])
    alike = weighed.alike
    among = alike[:-1, :-1]
    publishers = sorted({bullet.publisher for bullet in bullets})
    groups = np.array([publishers.index(bullet.publisher) for bullet in bullets])
    worth = lexrank(among, np.array([1 / (1 + bullet.place) for bullet in bullets]), groups)
    publisher_counts = np.array([len(set(groups[row >= _SAME])) for row in among])
    factors = []
    for bullet in bullets:
        columns = width(bullet.text)
        length = 1.0 if columns in _LIKED else 0.5 if columns < _LIKED.start else 0.7
        factors.append(length * (1.15 if any(term[0].isdigit() for term in bullet.terms) else 1))
    worth = worth * (1 + 0.25 * (np.maximum(publisher_counts, 1) - 1)) * np.array(factors)
    worth = (worth / max(worth.max(), 1e-12)).round(9)
    return _Candidates(bullets, set(headline), weighed, alike, worth)


def _choose(candidates: _Candidates, limit: int) -> list[int]:
    """Rows, the best first; one that depends on another comes after that."""
    rows = range(len(candidates.bullets))
    left = [row for row in rows if candidates.part_in(row, candidates.headline) < 1]
    distinct: list[int] = []
    for row in left:
        if not _is_said(candidates, row, distinct):
            distinct.append(row)
    limit = min(limit, ceil(_SHARE * len(distinct)))
    chosen: list[int] = []
    while len(chosen) < limit:
        left = [row for row in left if row not in chosen and not _is_said(candidates, row, chosen)]
        ready = [
            row for row in left if candidates.bullets[row].depends_on is None or row - 1 in chosen
        ]
        if not ready:
            break
        chosen.append(max(ready, key=lambda row: (_gain(candidates, row, chosen), -row)))
    return chosen


def _is_said(candidates: _Candidates, row: int, chosen: list[int]) -> bool:
    """Whether the chosen ones hold it already, one of them or all together."""
    if any(candidates.alike[row, other] >= _SAME for other in chosen):
        return True
    if any(_is_within(candidates, row, candidates.bullets[other].terms.keys()) for other in chosen):
        return True
    together = candidates.headline.union(*(candidates.bullets[other].terms for other in chosen))
    return bool(chosen) and candidates.part_in(row, together) > 1 - _NEW


def _is_within(candidates: _Candidates, row: int, other: AbstractSet[str]) -> bool:
    """Whether another sentence has most of it; with all its figures there, less will do."""
    terms = candidates.bullets[row].terms
    figures = {term for term in terms if term[0].isdigit() and not _YEAR.fullmatch(term)}
    enough = _WITHIN_FIGURES if figures and figures <= other else _WITHIN
    return candidates.part_in(row, other) >= enough


def _gain(candidates: _Candidates, row: int, chosen: list[int]) -> float:
    repeated = max((candidates.alike[row, other] for other in chosen), default=0.0)
    repeated = max(repeated, 0.5 * candidates.alike[row, -1])
    return round(float(_RELEVANCE * candidates.worth[row] - (1 - _RELEVANCE) * repeated), 9)


def _in_order(candidates: _Candidates, chosen: list[int]) -> list[int]:
    """In the order of the most central report, each other sentence behind what it is most like.

    The opening of a report comes first, the central one's if it was chosen; a sentence that
    depends on another follows it at once.
    """
    bullets = candidates.bullets
    heads = [row for row in chosen if bullets[row].depends_on is None]
    openings = [row for row in heads if not bullets[row].place] or heads
    first = next((row for row in openings if not bullets[row].report_number), openings[0])
    # Of two at one place the better comes first, and that is the one that was chosen first.
    later = sorted(
        (row for row in heads if row != first),
        key=lambda row: (_place(candidates, row), chosen.index(row)),
    )
    ordered: list[int] = []
    for head in (first, *later):
        ordered.append(head)
        row = head + 1
        while row in chosen and bullets[row].depends_on is not None:
            ordered.append(row)
            row += 1
    return ordered


def _place(candidates: _Candidates, row: int) -> float:
    """Where a sentence would stand in the most central report."""
    bullets = candidates.bullets
    central_report = bullets[0].report_number
    central = [at for at, bullet in enumerate(bullets) if bullet.report_number == central_report]
    if row in central:
        return bullets[row].place
    nearest = max(central, key=lambda at: (candidates.alike[row, at], -at))
    if candidates.alike[row, nearest] > 0.1:
        return bullets[nearest].place + 0.5
    return bullets[row].place + 0.75
