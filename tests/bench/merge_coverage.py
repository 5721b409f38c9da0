"""What merging loses where the same events are told more often.

    python -m tests.bench.merge_coverage FILE.csv [FILE.csv ...] [--sample 177]

Files have the columns of merge_eval; those that are parts of one set are joined. Printed is B-cubed
of all reports together, and of so many drawn from them at random, the mean of several draws. Where
a sample has nearly all events, it differs in how often each is told alone; a set of many events of
two or three reports says nothing here.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from digest.merge.same_event.events import THRESHOLD
from tests.bench.merge_eval import Known, Scores, measure, read

DRAWS = 20


def read_all(paths: Sequence[Path]) -> list[Known]:
    """The reports of all files by time, each text of a publisher once."""
    reports = [
        replace(report, account=replace(report.account, key=f"{path}:{report.account.key}"))
        for path in paths
        for report in read(path)
    ]
    distinct = {(report.account.features, report.account.published): report for report in reports}
    return sorted(distinct.values(), key=lambda report: report.account.published)


def draw(reports: Sequence[Known], size: int, seed: int) -> list[Known]:
    """So many of the reports, by time."""
    drawn = random.Random(seed).sample(range(len(reports)), size)
    return [reports[at] for at in sorted(drawn)]


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean precision and recall."""
    return Scores(
        sum(one.precision for one in scores) / len(scores),
        sum(one.recall for one in scores) / len(scores),
    )


def main() -> int:
    """Print both; 1 where a file cannot be read or the sample is not smaller."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--sample", type=int, default=177)
    options = parser.parse_args()
    try:
        reports = read_all(options.files)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if not 0 < options.sample < len(reports):
        print(f"there are {len(reports)} reports: sample fewer", file=sys.stderr)
        return 1
    events = len({report.event for report in reports})
    whole = measure(reports, THRESHOLD)
    samples = [draw(reports, options.sample, seed) for seed in range(DRAWS)]
    few = mean([measure(sample, THRESHOLD) for sample in samples])
    in_samples = sum(len({report.event for report in sample}) for sample in samples) / DRAWS
    print(f"all {len(reports)} reports of {events} events: {whole}")
    print(f"{options.sample} of them, of {in_samples:.0f} events, mean of {DRAWS} draws: {few}")
    print(f"recall of all less that of the samples: {whole.recall - few.recall:+.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
