"""`digest run --quiet`: cron mails what it says, so that it says an outage once, and its end."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from io import StringIO
from pathlib import Path

from digest import log
from digest.atomic_files import PRIVATE_FILE, write_whole
from digest.cli.context import pipeline_of, project_root
from digest.cli.local_times import Tell, project_clock
from digest.cli.output import note
from digest.cli.rejections import note_new
from digest.cli.run_failures import Failure, exit_with, failure_of, failures_of, say_failure
from digest.clock import local_time
from digest.faults import fault_of
from digest.incidents import Incident, Incidents, after_round

# In var/, as the database may be what is wrong.
_FILE = "incidents.json"


def run_quietly(folder: Path | None, day: date | None, *, clock_is_right: bool = False) -> None:
    """Do what is due, and say only what failed: when it begins, once an hour, when it is over."""
    file, now = project_root(folder) / "var" / _FILE, datetime.now(UTC)
    tell: Tell = partial(local_time, zone=UTC, now=now)
    with _logged() as lines:
        try:
            with pipeline_of(folder, clock_is_right=clock_is_right) as pipeline:
                now, tell = pipeline.project.clock(), project_clock(pipeline.project)
                pipeline.on_collected = note_new
                failures = list(failures_of(pipeline.project, pipeline.run(day)))
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            failures = [failure_of(fault)]
    before = _read(file)
    after = _Known(
        _log_what_is_new(before.logged, lines, now),
        _say_what_is_new(before.failures, failures, now, tell),
    )
    if after != before:
        _write(file, after)
    exit_with(failures)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the last run met: lines of the log, and failures."""

    logged: Incidents
    failures: Incidents


@contextmanager
def _logged() -> Iterator[list[str]]:
    """The lines of the log meanwhile, which are written nowhere else unless the program fails."""
    stream, lines = StringIO(), list[str]()
    log.write_to(stream)
    try:
        yield lines
    except BaseException:
        for line in stream.getvalue().splitlines():
            note(line)
        raise
    finally:
        log.write_to(None)
        lines += stream.getvalue().splitlines()


def _log_what_is_new(incidents: Incidents, lines: Sequence[str], now: datetime) -> Incidents:
    """Warnings, once an hour each; that one does not come again says nothing."""
    after = after_round(incidents, lines, now)
    for line in lines:
        if line in after.to_tell:
            note(line)
    return after.known


def _say_what_is_new(
    incidents: Incidents, failures: Sequence[Failure], now: datetime, tell: Tell
) -> Incidents:
    after = after_round(incidents, [failure.text for failure in failures if failure.lasts], now)
    for failure in failures:
        if not failure.lasts or failure.text in after.to_tell:
            say_failure(failure)
    for incident in after.over:
        note(f"It is over, after it began at {tell(incident.since)}: {incident.text}")
    return after.known


def _read(file: Path) -> _Known:
    """What earlier runs met; nothing where that cannot be read, so that all is told."""
    try:
        read = json.loads(file.read_bytes())
        return _Known(_incidents(read["logged"]), _incidents(read["failures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Known({}, {})


def _incidents(read: Mapping[str, Mapping[str, str]]) -> Incidents:
    return {
        key: Incident(
            incident["text"],
            datetime.fromisoformat(incident["since"]),
            datetime.fromisoformat(incident["told_at"]),
        )
        for key, incident in read.items()
    }


def _write(file: Path, incidents: _Known) -> None:
    """Keep it for the next run, which tells all once more where that fails: on a full disk."""
    text = json.dumps(asdict(incidents), default=datetime.isoformat, ensure_ascii=False)
    try:
        write_whole(file, text.encode(), mode=PRIVATE_FILE, sync=False)
    except OSError:
        with suppress(OSError):
            file.unlink(missing_ok=True)
