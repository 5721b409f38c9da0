"""Learn how much each figure of a pair of reports says of one event.

    python -m tests.bench.merge_train FILE.csv [FILE.csv ...] [--write]

A logistic regression over the pairs of reports that share words, once as headlines alone and once
with summaries, of the files that have them. Printed is B-cubed by cross-validation: each fifth of
the events, of all files, among all reports of its file, with weights learned without it. With
--write the weights of all files together become digest/merge/same_event/weights.py.

Files have the columns of merge_eval. Ours lie in tests/data. Those that the weights in use were
learned from are not ours to give; they were made of public corpora as follows (docs/decisions/
0050-addresses.md): headlines of the UCI news aggregator with their addresses (43 events of March
2014, in four parts, each time moved by up to 12 hours), headlines on the Olympic games of 2021,
clustered by event, in four languages, and the AllSides and NeuS news triples with their summaries.
Put your own in any folder and name them.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from digest.merge.same_event import weights as current
from digest.merge.same_event.events import THRESHOLD
from digest.merge.same_event.evidence import Evidence, Weights, evidence, survey
from digest.merge.same_event.sparse import Doubles, Flags
from digest.merge.same_event.vectors import vectorise
from digest.merge.same_event.vetoes import Side, contradiction
from tests.bench.merge_eval import Known, Scores, bounds, by_event, place, read, told_bounds

FOLDS = 5
# Each file counts as much as any other, ours five times.
OURS = ("events-hard.csv", "events-languages.csv")
OUR_WEIGHT = 5.0
RIDGE = 0.005
ALWAYS = (
    *("start", "rarity shared", "names shared", "numbers shared"),
    *("length of the shorter", "length of the longer", "background"),
)
WITHOUT = (*ALWAYS, "alike", "words shared", "other names and numbers")
WITH_SUMMARIES = (*ALWAYS, "headlines alike", "neighbourhood", "against neighbours")


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of one file: their figures, whether they are of one event, the folds of each."""

    figures: Mapping[str, Doubles]
    same: Flags
    folds: npt.NDArray[np.int64]
    weight: float


def pairs_of(reports: Sequence[Known]) -> Evidence:
    """What the pairs of reports show; the reports are in their order of time."""
    vectors = vectorise([one.account.features for one in reports])
    hours = np.array([one.account.published.timestamp() / 3600 for one in reports])
    found = list(evidence(vectors, survey(vectors), hours, np.ones(len(reports), np.bool_)))
    return Evidence(
        np.concatenate([part.left for part in found]),
        np.concatenate([part.right for part in found]),
        {name: np.concatenate([part.figures[name] for part in found]) for name in found[0].figures},
        np.concatenate([part.both for part in found]),
        np.concatenate([part.enough for part in found]),
    )


def sample(name: str, reports: Sequence[Known], *, summaries: bool) -> Pairs:
    """A file's pairs but for those that no score can join."""
    pairs = pairs_of(reports)
    sides = [Side(one.account.features.facts) for one in reports]
    open_ = np.array(
        [
            contradiction(sides[one], sides[other]) is None
            for one, other in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        ]
    )
    chosen = open_ & (pairs.both == summaries)
    events = [one.event for one in reports]
    same = np.array([events[a] == events[b] for a, b in zip(pairs.left, pairs.right, strict=True)])
    folds = np.array([fold_of(event) for event in events])
    return Pairs(
        {key: figure[chosen] for key, figure in pairs.figures.items()},
        same[chosen],
        np.column_stack((folds[pairs.left], folds[pairs.right]))[chosen],
        (OUR_WEIGHT if name in OURS else 1.0) / max(1, same[chosen].sum()),
    )


def fold_of(event: str) -> int:
    """Which fifth of the events it is in, in whatever file."""
    return crc32(event.encode()) % FOLDS


def learn(samples: Sequence[Pairs], names: Sequence[str], without: int | None) -> dict[str, float]:
    """The weight of each figure, from the pairs of which no event is in a fold."""
    rows, same, counts = [], [], []
    for one in samples:
        kept = (one.folds != without).all(axis=1)
        rows.append(np.column_stack([one.figures[name] for name in names])[kept])
        same.append(one.same[kept])
        counts.append(np.full(int(kept.sum()), one.weight))
    found = regress(np.concatenate(rows), np.concatenate(same), np.concatenate(counts))
    return dict(zip(names, found.tolist(), strict=True))


def regress(rows: Doubles, same: Flags, counts: Doubles) -> Doubles:
    """Logistic regression by Newton's method; the first column is the constant."""
    spread = rows.std(axis=0)
    spread[0] = 1
    scaled = rows / spread
    weights = np.zeros(rows.shape[1])
    ridge = RIDGE * np.eye(rows.shape[1])
    ridge[0, 0] = 1e-9
    for _ in range(50):
        chances = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (counts * (chances - same)) + ridge @ weights
        curve = (scaled * (counts * chances * (1 - chances))[:, None]).T @ scaled + ridge
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    found: Doubles = weights / spread
    return found


def cross_validated(
    files: Mapping[str, Sequence[Known]], fits: Sequence[Weights], threshold: float
) -> Iterator[tuple[str, Scores, tuple[Scores, Scores]]]:
    """Each file's scores and bounds, every event judged by weights that were learned without it."""
    for name, reports in files.items():
        events = [one.event for one in reports]
        single: dict[str, Scores] = {}
        for fold, weights in enumerate(fits):
            groups, _ = place(reports, threshold, weights)
            of_all = by_event(events, groups)
            single |= {event: of_all[event] for event in of_all if fold_of(event) == fold}
        precision = sum(single[event].precision for event in events) / len(events)
        recall = sum(single[event].recall for event in events) / len(events)
        yield name, Scores(precision, recall), bounds(events, single)


def main() -> int:
    """Print the scores and the weights; 1 where a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--threshold", type=float, nargs="+", default=[THRESHOLD])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    try:
        files = {path.name: read(path) for path in options.files}
        bare = {path.name: read(path, summaries=False) for path in options.files}
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    summed = {name: reports for name, reports in files.items() if reports != bare[name]}
    with_summaries = [sample(name, one, summaries=True) for name, one in summed.items()]
    without = [sample(name, one, summaries=False) for name, one in bare.items()]

    def fit(fold: int | None) -> Weights:
        of_both = learn(with_summaries, WITH_SUMMARIES, fold) if summed else current.WITH_SUMMARIES
        return Weights(of_both, learn(without, WITHOUT, fold))

    fits = [fit(fold) for fold in range(FOLDS)]
    everything = files | {f"{name}, headlines alone": bare[name] for name in summed}
    for threshold in options.threshold:
        print(f"threshold {threshold:.2f}, each event judged without it:")
        for name, scores, within in cross_validated(everything, fits, threshold):
            print(f"  {name:36} {scores}\n  {'':36} {told_bounds(*within)}")
    final = fit(None)
    text = written(final)
    print(text)
    if options.write:
        Path(current.__file__).write_text(text, encoding="utf-8")
    return 0


def written(weights: Weights) -> str:
    """The module that holds the weights."""

    def table(name: str, chosen: Mapping[str, float]) -> str:
        rows = "".join(f'    "{figure}": {weight:.3f},\n' for figure, weight in chosen.items())
        return f"\n{name} = {{\n{rows}}}\n"

    said = "How much each figure of a pair of reports says; written by tests/bench/merge_train.py."
    tables = table("WITHOUT", weights.without) + table("WITH_SUMMARIES", weights.with_summaries)
    return f'"""{said}"""\n{tables}'


if __name__ == "__main__":
    sys.exit(main())
