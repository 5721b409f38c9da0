"""Reports to stories: average link over the scores, held back by vetoes; pure.

Two groups join while the mean score of their reports, each of one with each of the other, is at
least THRESHOLD, the best first. Single link would chain: one odd report draws two stories
together. What is settled stays: no report leaves its story, and two settled stories never join.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import attrgetter

import numpy as np

from digest.merge.same_event.agglomerate import NONE, Ints, RulesOut, agglomerate
from digest.merge.same_event.copies import without_copies
from digest.merge.same_event.evidence import LEARNED, Weights, survey
from digest.merge.same_event.explain import Explanation, Window, explain
from digest.merge.same_event.features import Features
from digest.merge.same_event.links import ScoredPairs, chance, find_links
from digest.merge.same_event.series import is_series
from digest.merge.same_event.vectors import vectorise
from digest.merge.same_event.vetoes import Side, contradiction, doubts

# docs/decisions/0050-addresses.md says how it was found.
THRESHOLD = 0.23


@dataclass(frozen=True, slots=True)
class MergeInput:
    """One report as merging sees it; `story` is the one it is already in, `source` whose it is."""

    key: str
    features: Features
    published: datetime
    story: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What an admin decided, as pairs of keys: kept together, or never merged by us."""

    together: frozenset[tuple[str, str]] = frozenset()
    apart: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class EventGroup:
    """The reports of one event, the earliest first; `story` is None where it is new."""

    story: int | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups, that of the earliest report first, and why each new report is in its own."""

    groups: tuple[EventGroup, ...]
    window: Window
    originals: Mapping[str, str] = field(default_factory=dict)  # of each copy

    def explain(self, key: str) -> Explanation:
        """Why a new report is in its group, or why it is alone."""
        original = self.originals.get(key)
        if original is not None:
            return Explanation(
                joined=True, score=1, threshold=self.window.threshold, copy_of=original
            )
        return explain(self.window, key)


NOTHING = Constraints()


def group(
    inputs: Iterable[MergeInput],
    constraints: Constraints = NOTHING,
    *,
    threshold: float = THRESHOLD,
    weights: Weights = LEARNED,
) -> Grouping:
    """Put each new report into a group, the same whatever order they come in.

    Pass the settled reports of the window with the new ones: a story takes reports within 72
    hours of its first, so that it cannot go on for ever from one to the next.
    """
    bound = {key for pair in (*constraints.together, *constraints.apart) for key in pair}
    rows, copies = without_copies(_in_time(inputs), bound)
    vectors = vectorise([report.features for report in rows], [report.source for report in rows])
    around = survey(vectors)
    hours = np.array([report.published.timestamp() / 3600 for report in rows])
    stories = np.array(
        [NONE if report.story is None else report.story for report in rows], np.int64
    )
    links = find_links(vectors, around, hours, stories == NONE, weights)

    @cache
    def side(row: int) -> Side:
        return Side(rows[row].features.facts)

    _lower_doubtful(links, side)
    labels = _together(rows, constraints)
    rules_out = _rules_out(rows, side, constraints)
    labels = agglomerate(links, labels, stories, hours, threshold, rules_out)
    window = Window(
        keys=tuple(report.key for report in rows),
        features=tuple(report.features for report in rows),
        vectors=vectors,
        around=around,
        hours=hours,
        links=links,
        labels=labels,
        threshold=threshold,
        weights=weights,
        sources=tuple(report.source for report in rows),
        at={report.key: row for row, report in enumerate(rows)},
    )
    originals = {copy.key: key for key, copies_of in copies.items() for copy in copies_of}
    return Grouping(tuple(_groups(rows, labels, copies)), window, originals)


def _in_time(reports: Iterable[MergeInput]) -> list[MergeInput]:
    """The reports in the order of time; those of one time by what is in them."""
    in_time = sorted(reports, key=attrgetter("published"))
    ordered: list[MergeInput] = []
    for _, at_once in groupby(in_time, key=attrgetter("published")):
        of_one_time = list(at_once)
        if len(of_one_time) > 1:
            of_one_time.sort(key=lambda report: (report.features.to_bytes(), report.key))
        ordered += of_one_time
    return ordered


def _together(rows: Sequence[MergeInput], constraints: Constraints) -> Ints:
    """The row that stands for each: the first of its settled story, or of what an admin joined."""
    at = {report.key: row for row, report in enumerate(rows)}
    first: dict[int, int] = {}
    parent = list(range(len(rows)))

    def root(row: int) -> int:
        while parent[row] != row:
            row = parent[row]
        return row

    for row, report in enumerate(rows):
        if report.story is not None:
            parent[row] = first.setdefault(report.story, row)
    for key, right in sorted(constraints.together):
        if key in at and right in at:
            low, high = sorted((root(at[key]), root(at[right])))
            parent[high] = low
    return np.array([root(row) for row in range(len(rows))], np.int64)


def _lower_doubtful(links: ScoredPairs, side: Callable[[int], Side]) -> None:
    """Take from the chance of each pair what speaks against it."""
    less = np.array(
        [
            sum(doubt.less for doubt in doubts(side(left), side(right)))
            for left, right in zip(links.left.tolist(), links.right.tolist(), strict=True)
        ]
    )
    doubtful = np.flatnonzero(less)
    odds = links.score[doubtful] / (1 - links.score[doubtful])
    links.score[doubtful] = chance(np.log(odds) - less[doubtful])


def _rules_out(
    rows: Sequence[MergeInput], side: Callable[[int], Side], constraints: Constraints
) -> RulesOut:
    apart = {frozenset(pair) for pair in constraints.apart}

    def rules_out(left: int, right: int) -> bool:
        if apart and frozenset((rows[left].key, rows[right].key)) in apart:
            return True
        same_source = rows[left].source and rows[left].source == rows[right].source
        if same_source and is_series(side(left).facts, side(right).facts):
            return True
        return contradiction(side(left), side(right)) is not None

    return rules_out


def _groups(
    rows: Sequence[MergeInput], labels: Ints, copies: Mapping[str, Sequence[MergeInput]]
) -> Iterable[EventGroup]:
    members: dict[int, list[MergeInput]] = {}
    with_copies: set[int] = set()
    for report, label in zip(rows, labels.tolist(), strict=True):
        members.setdefault(label, []).append(report)
        if report.key in copies:
            members[label] += copies[report.key]
            with_copies.add(label)
    for label, reports in members.items():
        story = next((report.story for report in reports if report.story is not None), None)
        # The rows are in time; copies are later than what they copy.
        in_time = _in_time(reports) if label in with_copies else reports
        yield EventGroup(story, tuple([report.key for report in in_time]))
