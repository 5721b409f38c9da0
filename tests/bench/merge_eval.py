"""How well reports become stories, on files whose events are known.

    python -m tests.bench.merge_eval FILE.csv [FILE.csv ...]

A file has the columns published, title, publisher, url and event, and may have summary and lang; a
url whose words give the event away is to be left empty.
Printed are B-cubed precision, recall and F1, within which bounds they lie for nine of ten samples
of the events, the same for each language, the wrong merges, and what a threshold does that was
chosen without the reports it is measured on: by folds of events within a file, and, of several
files, by the other files.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import numpy as np

from digest.merge.same_event.events import THRESHOLD, Grouping, MergeInput, group
from digest.merge.same_event.evidence import LEARNED, Weights
from digest.merge.same_event.features import make_features

COLUMNS = ("published", "title", "publisher", "url", "event")
CANDIDATES = tuple(round(0.08 + 0.02 * step, 2) for step in range(17))
SAMPLES = 1000
PRECISION_WANTED = 0.95
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Known:
    """A report whose event is known."""

    account: MergeInput
    event: str
    title: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """B-cubed: how pure the groups are, how whole the events."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  F1 {self.f1:.3f}"


def read(path: Path, *, summaries: bool = True) -> list[Known]:
    """The reports of a file by time; a ValueError names the line that cannot be read."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if missing := set(COLUMNS) - set(rows.fieldnames or ()):
            raise ValueError(f"{path}: no column {', '.join(sorted(missing))}")
        found = [
            _known(path, rows.line_num, at, row, summaries=summaries) for at, row in enumerate(rows)
        ]
    return sorted(found, key=lambda one: one.account.published)


def _known(path: Path, line: int, at: int, row: Mapping[str, str], *, summaries: bool) -> Known:
    try:
        published = datetime.fromisoformat(row["published"])
    except ValueError as error:
        raise ValueError(f"{path}, line {line}: {error}") from error
    if published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    summary = (row.get("summary") or "") if summaries else ""
    features = make_features(row["title"], summary, row["publisher"], row["url"])
    account = MergeInput(f"{path.name}:{at}", features, published)
    return Known(account, row["event"], row["title"], row.get("lang") or "")


def place(
    reports: Sequence[Known], threshold: float, weights: Weights = LEARNED
) -> tuple[list[int], Grouping]:
    """The number of each report's group."""
    accounts = (one.account for one in reports)
    grouping = group(accounts, threshold=threshold, weights=weights)
    number = {key: at for at, found in enumerate(grouping.groups) for key in found.members}
    return [number[one.account.key] for one in reports], grouping


def b_cubed(
    events: Sequence[str], groups: Sequence[int], counted: frozenset[str] | None = None
) -> Scores:
    """The mean over the reports of the share of their group, and of their event, that is theirs.

    Of the reports of some events alone, where these are given.
    """
    both = Counter(zip(events, groups, strict=True))
    by_event, by_group = Counter(events), Counter(groups)
    pairs = [
        (event, number)
        for event, number in zip(events, groups, strict=True)
        if counted is None or event in counted
    ]
    precision = sum(both[pair] / by_group[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / by_event[pair[0]] for pair in pairs) / len(pairs)
    return Scores(precision, recall)


def by_event(events: Sequence[str], groups: Sequence[int]) -> dict[str, Scores]:
    """The scores of each event's reports alone."""
    return {event: b_cubed(events, groups, frozenset((event,))) for event in sorted(set(events))}


def bounds(events: Sequence[str], single: Mapping[str, Scores]) -> tuple[Scores, Scores]:
    """Between which scores nine of ten lie, where the events are drawn anew with repetition."""
    sizes = Counter(events)
    table = np.array([(sizes[e], single[e].precision, single[e].recall) for e in sorted(single)])
    drawn = np.random.default_rng(1).integers(len(table), size=(SAMPLES, len(table)))
    weights = table[drawn, 0]
    means = [(weights * table[drawn, at]).sum(axis=1) / weights.sum(axis=1) for at in (1, 2)]
    low, high = (Scores(*(float(np.quantile(one, q)) for one in means)) for q in (0.05, 0.95))
    return low, high


def told_bounds(low: Scores, high: Scores) -> str:
    """The bounds in words."""
    return (
        f"nine of ten samples of the events: precision {low.precision:.3f} to"
        f" {high.precision:.3f}, recall {low.recall:.3f} to {high.recall:.3f}"
    )


def measure(reports: Sequence[Known], threshold: float) -> Scores:
    """B-cubed of some reports, merged by themselves."""
    groups, _ = place(reports, threshold)
    return b_cubed([one.event for one in reports], groups)


def choose(samples: Sequence[Sequence[Known]]) -> float:
    """The threshold of the best mean F1 among those that are precise enough on every sample."""

    def worth(threshold: float) -> tuple[bool, float]:
        scores = [measure(sample, threshold) for sample in samples]
        precise = min(one.precision for one in scores) >= PRECISION_WANTED
        value = sum(one.f1 if precise else one.precision for one in scores) / len(scores)
        return precise, value

    return max(CANDIDATES, key=worth)


def folds(reports: Sequence[Known]) -> Iterator[frozenset[str]]:
    """Five times a fifth of the events."""
    order = sorted({one.event for one in reports}, key=lambda event: (crc32(event.encode()), event))
    yield from (frozenset(order[fold::FOLDS]) for fold in range(FOLDS))


def held_out(reports: Sequence[Known]) -> Iterator[tuple[float, int, Scores]]:
    """The threshold chosen without a fold, the fold's size, and its scores among all reports."""
    for held in folds(reports):
        training = [one for one in reports if one.event not in held]
        threshold = choose([training])
        groups, _ = place(reports, threshold)
        scores = b_cubed([one.event for one in reports], groups, held)
        yield threshold, len(reports) - len(training), scores


def wrong_merges(reports: Sequence[Known], groups: Sequence[int]) -> Iterator[list[Known]]:
    """The groups of more than one event."""
    members: dict[int, list[Known]] = defaultdict(list)
    for one, number in zip(reports, groups, strict=True):
        members[number].append(one)
    yield from (found for found in members.values() if len({one.event for one in found}) > 1)


def main() -> int:
    """Print all of it; 1 where a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    options = parser.parse_args()
    try:
        files = {path.name: read(path) for path in options.files}
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, reports in files.items():
        _show(name, reports, options.threshold)
    if len(files) > 1:
        print("\nThreshold chosen on the other files:")
        for name, reports in files.items():
            threshold = choose([other for key, other in files.items() if key != name])
            print(f"  {name:24} {threshold:.2f}  {measure(reports, threshold)}")
    return 0


def _show(name: str, reports: Sequence[Known], threshold: float) -> None:
    groups, grouping = place(reports, threshold)
    events = [one.event for one in reports]
    print(f"\n{name}: {len(reports)} reports of {len(set(events))} events", end="")
    print(f" in {len(set(groups))} groups, threshold {threshold:.2f}")
    print(f"  {b_cubed(events, groups)}")
    print(f"  {told_bounds(*bounds(events, by_event(events, groups)))}")
    for language in sorted({one.language for one in reports} - {""}):
        spoken = [at for at, one in enumerate(reports) if one.language == language]
        of_language = b_cubed([events[at] for at in spoken], [groups[at] for at in spoken])
        print(f"  {language}: {of_language}  ({len(spoken)} reports)")
    print("  by threshold:")
    for candidate in CANDIDATES[::2]:
        print(f"    {candidate:.2f}  {measure(reports, candidate)}")
    print("  threshold chosen on four fifths of the events, measured on the fifth among all:")
    found = list(held_out(reports))
    for chosen, size, scores in found:
        print(f"    {chosen:.2f}  {scores}  ({size} reports)")
    precision = sum(scores.precision * size for _, size, scores in found) / len(reports)
    recall = sum(scores.recall * size for _, size, scores in found) / len(reports)
    print(f"    mean  {Scores(precision, recall)}")
    print("  wrong merges:")
    for merged in wrong_merges(reports, groups):
        for one in merged:
            print(f"    {one.event[:24]:24}  {one.title}")
            print(f"    {'':24}  {grouping.explain(one.account.key)}")
        print()


if __name__ == "__main__":
    sys.exit(main())
