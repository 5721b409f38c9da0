"""What makes a source suspect: a burst of "new" old items, a title that repeats, silence; pure.

A feed that was moved to another system often gives all its items new GUIDs, and a broken page
gives every item one title. Neither should fill an issue before somebody has looked.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from digest.model import Report
from digest.text import plural

BURST = 10  # items at once; fewer do no harm
BURST_FACTOR = 3  # times what the source usually tells at most at once
MOSTLY = 0.6  # of a burst, to be old or to be known under another name
OLD = timedelta(days=2)  # before the last fetch: nothing new can be so old
REPEATS = 5  # times that a title is told within a day
SILENCE_FACTOR = 4  # times the usual pause
_LEAST_SILENCE = timedelta(days=1)
_ENOUGH_PAUSES = 5
_SAME_VISIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PastReport:
    """A report that a source told: when it was first seen, and its title's form."""

    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class History:
    """The reports of a source in the last weeks, oldest first; `fetched_at` is its last good fetch.

    `fetched_at` is None for a source that was never read.
    """

    reports: tuple[PastReport, ...] = ()
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why what a source tells is kept back until somebody has looked, as a sentence."""

    reason: str


def judge(history: History, new: Sequence[Report], now: datetime) -> Quarantine | None:
    """Whether to keep back the new reports of a fetch; None where all is well.

    A burst is ten or more reports, and three times as many as the source tells at once when it
    tells many (its largest visit but one: the largest may be its first), of which most (60 %)
    are suspect: dated two days before the last fetch or more, or without a date, or of
    a title that the source told already. Many reports of today are news, not a burst.

    A title repeats where it is told five times within a day, and the source is
    not in the habit of it: it has not told that title on two earlier days.

    A source's first fetch is never judged: `is_fresh` holds its old items back.
    """
    if history.fetched_at is None or not new:
        return None
    reason = _burst(history, new) or _repetition(history, new, now)
    return Quarantine(reason) if reason else None


def is_silent(history: History, now: datetime) -> str | None:
    """A sentence where a source has been silent for longer than it usually is.

    Longer than four times its usual (median) pause, than its longest pause but one and half as
    much again, and than a day. Five pauses must be known: of a source that speaks once a month
    nobody can say that it is late.
    """
    visits = _visits(history.reports)
    pauses = sorted(later - earlier for (earlier, _), (later, _) in pairwise(visits))
    if len(pauses) < _ENOUGH_PAUSES:
        return None
    usual = timedelta(seconds=median(pause.total_seconds() for pause in pauses))
    longest = max(usual * SILENCE_FACTOR, pauses[-2] * 1.5, _LEAST_SILENCE)
    silent = now - visits[-1][0]
    if silent <= longest:
        return None
    return f"nothing new for {_words(silent)}; it usually takes {_words(usual)}"


def _burst(history: History, new: Sequence[Report]) -> str | None:
    usual_most = sorted((0, 0, *(count for _, count in _visits(history.reports))))[-2]
    if len(new) < max(BURST, BURST_FACTOR * usual_most):
        return None
    from digest.collect.feeds.report_from_item import title_form

    assert history.fetched_at is not None
    threshold = history.fetched_at - OLD
    titles = {past.title for past in history.reports}
    told_before = sum(title_form(report.headline) in titles for report in new)
    old = sum(report.published is None or report.published < threshold for report in new)
    if told_before >= MOSTLY * len(new):
        return f"{len(new)} reports at once, {told_before} of them told before under other names"
    if old >= MOSTLY * len(new):
        return f"{len(new)} reports at once, {old} of them old or without a date"
    return None


def _repetition(history: History, new: Sequence[Report], now: datetime) -> str | None:
    lately = now - timedelta(days=1)
    from digest.collect.feeds.report_from_item import title_form

    before: dict[str, list[datetime]] = {}
    for past in history.reports:
        before.setdefault(past.title, []).append(past.at)
    for title, count in Counter(title_form(report.headline) for report in new).items():
        times = before.get(title, [])
        today = count + sum(at > lately for at in times)
        habit = len({at.date() for at in times if at <= lately}) >= 2
        if today >= REPEATS and not habit:
            return f"one title came {today} times within a day: {title[:80]!r}"
    return None


def _visits(reports: Sequence[PastReport]) -> list[tuple[datetime, int]]:
    """When the source told something new, and how much at once."""
    visits: list[tuple[datetime, int]] = []
    for report in sorted(reports, key=lambda report: report.at):
        if visits and report.at - visits[-1][0] <= _SAME_VISIT:
            visits[-1] = (visits[-1][0], visits[-1][1] + 1)
        else:
            visits.append((report.at, 1))
    return visits


def _words(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    if hours < 48:
        return plural(max(1, hours), "hour")
    return f"{round(hours / 24)} days"
