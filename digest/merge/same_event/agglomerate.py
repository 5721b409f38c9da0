"""Average link over sparse scores, in rounds: all pairs that are each other's best join at once.

For average link this gives what joining the best pair of all, again and again, would give. A
cluster without a link as high as the threshold gets none later, so it leaves the rounds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digest.merge.same_event.evidence import WINDOW_HOURS
from digest.merge.same_event.links import ScoredPairs

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
# No settled story.
NONE = -1
# With 1 the plain mean.
MANY_WAYS = 0.8
# Two reports that nobody else joins are asked for more: none of the others speaks for them.
ALONE = 0.5
_NEVER = -1e9


def mean_of(sums: npt.ArrayLike, pairs: npt.ArrayLike) -> Floats:
    """The mean over the pairs of two clusters, a little more where those are many.

    What is told fifty times is told in more ways than what is told four times: with the plain mean
    a story falls apart the more it is covered.
    """
    mean: Floats = np.divide(sums, np.power(pairs, MANY_WAYS))
    return mean


# Whether two rows are never in one cluster.
RulesOut = Callable[[int, int], bool]


def agglomerate(
    links: ScoredPairs,
    labels: Ints,
    stories: Ints,
    hours: Floats,
    threshold: float,
    rules_out: RulesOut,
) -> Ints:
    """The label of each row's cluster: the number of one of its rows.

    `labels` says what is together from the start, `stories` the settled story of a row or NONE.
    Of equals the lower rows join first. Two that were joined, stay alone and have a score below
    ALONE part again.
    """
    clusters = _Clusters(labels, stories, hours)
    scores = _Scores(links)
    scores.ask(np.flatnonzero(links.score >= threshold), rules_out)
    while len(scores.live):
        pairs = clusters.pairs(scores)
        hopeful = pairs.hopeful(threshold)
        scores.keep(hopeful)
        pairs.keep(hopeful)
        joined = [
            (low, high)
            for low, high, own in pairs.best(threshold)
            if clusters.may_join(low, high, own, scores, rules_out)
        ]
        if not joined and not scores.take_change():
            break
        clusters.join(joined)
    left, right = links.left, links.right
    pair = (clusters.labels[left] == clusters.labels[right]) & (labels[left] != labels[right])
    pair &= clusters.size[clusters.labels[left]] == 2
    weak = right[pair & (links.score < ALONE)]
    clusters.labels[weak] = weak
    return clusters.labels


class _Scores:
    """The links that still count, and what the rules made of them."""

    def __init__(self, links: ScoredPairs) -> None:
        self.links = links
        self.live = np.arange(len(links.score))
        self.barred = np.zeros(len(links.score), np.bool_)
        self.cleared = np.zeros(len(links.score), np.bool_)
        self._changed = False

    def keep(self, chosen: Flags) -> None:
        """Drop the live links that are not chosen."""
        self.live = self.live[chosen]

    def values(self) -> Floats:
        """The live links' scores; a barred one is lower than any mean could mend."""
        return np.where(self.barred[self.live], _NEVER, self.links.score[self.live])

    def ask(self, own: Ints, rules_out: RulesOut) -> None:
        """Bar what is ruled out before the rounds: it is dearer there."""
        pairs = zip(self.links.left[own].tolist(), self.links.right[own].tolist(), strict=True)
        ruled_out = np.array([rules_out(left, right) for left, right in pairs], np.bool_)
        self.bar(own[ruled_out])
        self.cleared[own[~ruled_out]] = True

    def bar(self, own: Ints) -> None:
        """Keep the clusters that these links join apart for good."""
        self.barred[own] = True
        self._changed = True

    def take_change(self) -> bool:
        """Whether anything changed since this was asked last."""
        changed, self._changed = self._changed, False
        return changed


@dataclass(slots=True)
class _Pairs:
    """Pairs of clusters, `low` < `high`, their mean score, and which pair each live link is of.

    `able` are those that may join: two reports alone need a link that is enough.
    """

    low: Ints
    high: Ints
    mean: Floats
    able: Flags
    of_link: Ints
    live: Ints

    def hopeful(self, threshold: float) -> Flags:
        """The live links between clusters that both have a link as high as the threshold."""
        high_enough = self.mean >= threshold
        alive = np.zeros(int(self.high.max()) + 1, np.bool_)
        alive[self.low[high_enough]] = alive[self.high[high_enough]] = True
        both = alive[self.low] & alive[self.high] & (self.low != self.high)
        of_links: Flags = both[self.of_link]
        return of_links

    def keep(self, chosen: Flags) -> None:
        """Drop the live links that are not chosen."""
        self.of_link, self.live = self.of_link[chosen], self.live[chosen]

    def best(self, threshold: float) -> Iterator[tuple[int, int, Ints]]:
        """The pairs that are each other's best, with the links that join them."""
        able = np.flatnonzero(self.able & (self.mean >= threshold))
        if not len(able):
            return
        ends = np.concatenate((self.low[able], self.high[able]))
        other_ends = np.concatenate((self.high[able], self.low[able]))
        means = np.concatenate((self.mean[able], self.mean[able]))
        order = np.lexsort((other_ends, -means, ends))
        ends_of, begin = np.unique(ends[order], return_index=True)
        favourites = other_ends[order][begin]
        mutual = favourites[np.searchsorted(ends_of, self.low[able])] == self.high[able]
        mutual &= favourites[np.searchsorted(ends_of, self.high[able])] == self.low[able]
        chosen = np.zeros(len(self.low), np.bool_)
        chosen[able[mutual]] = True
        links = np.flatnonzero(chosen[self.of_link])
        links = links[np.argsort(self.of_link[links], kind="stable")]
        pairs, edges = np.unique(self.of_link[links], return_index=True)
        for pair, own in zip(pairs.tolist(), np.split(self.live[links], edges[1:]), strict=True):
            yield int(self.low[pair]), int(self.high[pair]), own


class _Clusters:
    """Each row's label; by label the rows, the settled story, the first and the last hour."""

    def __init__(self, labels: Ints, stories: Ints, hours: Floats) -> None:
        rows = len(labels)
        self.labels = labels.copy()
        self.size = np.bincount(labels, minlength=rows).astype(np.float64)
        self.story = np.full(rows, NONE)
        self.first, self.last = np.full(rows, np.inf), np.full(rows, -np.inf)
        np.maximum.at(self.story, labels, stories)
        np.minimum.at(self.first, labels, hours)
        np.maximum.at(self.last, labels, hours)
        self.members: dict[int, list[int]] = {}
        for row, label in enumerate(labels.tolist()):
            self.members.setdefault(label, []).append(row)

    def pairs(self, scores: _Scores) -> _Pairs:
        """The pairs of clusters that live links join; what may never join has no chance."""
        left = self.labels[scores.links.left[scores.live]]
        right = self.labels[scores.links.right[scores.live]]
        codes = np.minimum(left, right) * len(self.labels) + np.maximum(left, right)
        pair_codes, of_link = np.unique(codes, return_inverse=True)
        low, high = np.divmod(pair_codes, len(self.labels))
        sums = np.bincount(of_link, scores.values(), len(pair_codes))
        mean = mean_of(sums, self.size[low] * self.size[high])
        settled = (self.story[low] != NONE) & (self.story[high] != NONE)
        begin = np.minimum(self.first[low], self.first[high])
        too_long = np.maximum(self.last[low], self.last[high]) - begin > WINDOW_HOURS
        mean[settled | too_long | (low == high)] = _NEVER
        able = self.size[low] + self.size[high] > 2
        able[of_link[scores.links.enough[scores.live]]] = True
        return _Pairs(low, high, mean, able, of_link, scores.live)

    def may_join(
        self, low: int, high: int, own: Ints, scores: _Scores, rules_out: RulesOut
    ) -> bool:
        """Whether no two rows of the pair are ruled out; if so, the pair is barred."""
        pairs = {
            (left, right) if left < right else (right, left)
            for left in self.members[low]
            for right in self.members[high]
        }
        cleared = own[scores.cleared[own]]
        pairs -= set(
            zip(
                scores.links.left[cleared].tolist(),
                scores.links.right[cleared].tolist(),
                strict=True,
            )
        )
        if any(rules_out(left, right) for left, right in pairs):
            scores.bar(own)
            return False
        return True

    def join(self, pairs: list[tuple[int, int]]) -> None:
        """Each pair becomes one cluster under the lower label."""
        parent = np.arange(len(self.labels))
        for low, high in pairs:
            parent[high] = low
            self.size[low] += self.size[high]
            self.story[low] = max(self.story[low], self.story[high])
            self.first[low] = min(self.first[low], self.first[high])
            self.last[low] = max(self.last[low], self.last[high])
            self.members[low] += self.members.pop(high)
        self.labels = parent[self.labels]
