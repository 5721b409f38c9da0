"""Reports: what each source told, whether it waits, and which story it is in."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from digest.model import Report
from digest.store.bulk import Bulk, instant_for
from digest.store.json_values import json_value, read_value
from digest.store.schema import merge_rules, reports, stories

_AT_ONCE = 500  # parameters of one statement


class ReportState(StrEnum):
    """Where a report stands."""

    TOLD = "told"  # in its story
    NEW = "new"  # waits to be merged
    CHANGED = "changed"  # in its story, with a text that the story does not know yet
    OLD = "old"  # was old when its source was new: known, and never told
    KEPT_BACK = "kept back"  # its source was suspect when it came
    BLOCKED = "blocked"  # by the keywords of its source when it came


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it is kept; `features` is what merging made of it, opaque here.

    `content_hash` is the report's, where somebody has made it already; `text_hash` that of its
    summary alone. `reason` says why it is blocked.
    """

    report: Report
    title_hash: str = ""
    features: bytes | None = None
    standing: ReportState = ReportState.NEW
    content_hash: str = ""
    text_hash: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that merging is to look at; `event` is that of its story, if it has one."""

    id: int
    report: Report
    features: bytes | None
    published: datetime
    event: int | None


@dataclass(frozen=True, slots=True)
class SettledReport:
    """A report that is told: all that merging needs of it; `event` is its story's event."""

    id: int
    features: bytes | None
    published: datetime
    event: int
    source: str


def known_files(connection: sa.Connection, source: str) -> dict[str, str]:
    """The hash of the bytes of every report of a source, by key."""
    query = sa.select(reports.c.key, reports.c.raw_hash).where(reports.c.source == source)
    return {row.key: row.raw_hash for row in connection.execute(query)}


def names_of(connection: sa.Connection, source: str) -> Iterator[tuple[Any, ...]]:
    """By what every report of a source is known again, in the order of `matching.Known`.

    Key, GUID, URL, the hashes of title, content and text, the headline, and when it was published.
    """
    query = sa.select(
        reports.c.key,
        reports.c.guid,
        reports.c.url,
        reports.c.title_hash,
        reports.c.content_hash,
        reports.c.text_hash,
        reports.c.content["headline"].as_string(),
        reports.c.content["published"].as_string(),
    ).where(reports.c.source == source)
    for *names, published in connection.execute(query):
        yield (*names, datetime.fromisoformat(published) if published else None)


def told_since(
    connection: sa.Connection, source: str, since: datetime
) -> list[tuple[datetime, str]]:
    """When each report of a source came, and its headline, since a time; oldest first."""
    query = (
        sa.select(reports.c.collected_at, reports.c.content)
        .where(reports.c.source == source, reports.c.collected_at >= since)
        .order_by(reports.c.collected_at, reports.c.id)
    )
    return [(row.collected_at, row.content["headline"]) for row in connection.execute(query)]


def last_texts(
    connection: sa.Connection, source: str, since: datetime, limit: int
) -> list[tuple[int, str, str]]:
    """Id, headline and summary of the last reports of a source, at most `limit`; oldest first."""
    query = (
        sa.select(
            reports.c.id,
            reports.c.content["headline"].as_string(),
            reports.c.content["summary"].as_string(),
        )
        .where(reports.c.source == source, reports.c.collected_at >= since)
        .order_by(reports.c.collected_at.desc(), reports.c.id.desc())
        .limit(limit)
    )
    return [(number, headline, text or "") for number, headline, text in connection.execute(query)][
        ::-1
    ]


def find(connection: sa.Connection, source: str, key: str) -> tuple[Report, int, str] | None:
    """The report of a source with this key, its story's id and the hash of its bytes."""
    row = connection.execute(
        sa.select(reports.c.content, reports.c.story_id, reports.c.raw_hash).where(
            reports.c.source == source, reports.c.key == key
        )
    ).first()
    return (read_value(Report, row.content), row.story_id, row.raw_hash) if row else None


@dataclass(frozen=True, slots=True)
class ReportOnRecord:
    """A report: where it stands and perhaps why, when it came, and its story's id."""

    id: int
    report: Report
    standing: ReportState
    reason: str
    collected_at: datetime
    story_id: int | None


def of_url(connection: sa.Connection, url: str) -> list[ReportOnRecord]:
    """The reports of a canonical address."""
    query = (
        sa.select(
            reports.c.id,
            reports.c.content,
            reports.c.standing,
            reports.c.reason,
            reports.c.collected_at,
            reports.c.story_id,
        )
        .where(reports.c.url == url)
        .order_by(reports.c.id)
    )
    return [
        ReportOnRecord(
            row.id,
            read_value(Report, row.content),
            ReportState(row.standing),
            row.reason or "",
            row.collected_at,
            row.story_id,
        )
        for row in connection.execute(query)
    ]


def find_same_text(connection: sa.Connection, report: Report) -> str | None:
    """The key of a report with the same text, under whatever name it came."""
    return connection.scalar(
        sa.select(reports.c.key).where(reports.c.content_hash == report.content_hash).limit(1)
    )


def add(
    connection: sa.Connection,
    new_reports: Sequence[StoredReport],
    now: datetime,
    *,
    raw_hash: str = "",
    story_id: int | None = None,
) -> None:
    """Keep new reports of one or more sources."""
    seen_at = instant_for(connection, now)
    common = {
        "raw_hash": raw_hash,
        "collected_at": seen_at,
        "updated_at": seen_at,
        "story_id": story_id,
    }
    rows = []
    for report in new_reports:
        values = _values(report, now) | common
        values["content"] = json.dumps(values["content"])
        values["published"] = instant_for(connection, values["published"])
        rows.append([values[name] for name in _COLUMNS])
    _ADD.run(connection, rows)


def change(
    connection: sa.Connection, stored: StoredReport, now: datetime, *, raw_hash: str = ""
) -> bool:
    """A report has another text; whether it waits to be merged because of it.

    One that is told is `changed` from now on; one that never was keeps its standing.
    """
    values = _values(stored, now)
    # The event does not move because its report was mended.
    for stays in ("published", "standing", "reason"):
        del values[stays]
    mine = [reports.c.source == stored.report.source, reports.c.key == stored.report.key]
    connection.execute(
        sa.update(reports)
        .where(*mine)
        .values(**values, raw_hash=raw_hash, updated_at=now, emptied_at=None)
    )
    if stored.standing is not ReportState.NEW:
        return False
    change_told = sa.update(reports).where(*mine, reports.c.standing == ReportState.TOLD)
    return connection.execute(change_told.values(standing=ReportState.CHANGED)).rowcount > 0


def _values(stored: StoredReport, now: datetime) -> dict[str, Any]:
    report = stored.report
    return {
        "source": report.source,
        "key": report.key,
        "content_hash": stored.content_hash or report.content_hash,
        "content": json_value(Report, report),
        "standing": stored.standing.value,
        "guid": report.guid,
        "url": report.url,
        "title_hash": stored.title_hash,
        "text_hash": stored.text_hash,
        "published": report.published or now,
        "features": stored.features,
        "reason": stored.reason,
    }


_COLUMNS = (
    *("source", "key", "content_hash", "content", "standing", "guid", "url", "title_hash"),
    *("text_hash", "published", "features", "reason"),
    *("raw_hash", "collected_at", "updated_at", "story_id"),
)
_ADD = Bulk(
    sa.insert(reports).values({name: sa.bindparam(f"new_{name}") for name in _COLUMNS}),
    [f"new_{name}" for name in _COLUMNS],
)


def rename_key(connection: sa.Connection, source: str, key: str, new_key: str) -> None:
    """A report of a source is known by another key."""
    connection.execute(
        sa.update(reports)
        .where(reports.c.source == source, reports.c.key == key)
        .values(key=new_key)
    )


def retire_key(connection: sa.Connection, source: str, key: str) -> None:
    """Free a key for another story: the file was overwritten, the old report keeps its story."""
    connection.execute(
        sa.update(reports)
        .where(reports.c.source == source, reports.c.key == key)
        .values(key=key + sa.literal("#") + sa.cast(reports.c.id, sa.Text))
    )


@dataclass(frozen=True, slots=True)
class BlockedReport:
    """What the keywords of its source blocked: when it came, and why."""

    id: int
    source: str
    headline: str
    url: str | None
    collected_at: datetime
    reason: str


def blocked(
    connection: sa.Connection, since: datetime, source: str | None = None
) -> list[BlockedReport]:
    """What was blocked and came since a time, the newest first."""
    query = (
        sa.select(
            reports.c.id,
            reports.c.source,
            reports.c.content["headline"].as_string(),
            reports.c.url,
            reports.c.collected_at,
            reports.c.reason,
        )
        .where(reports.c.standing == ReportState.BLOCKED, reports.c.collected_at >= since)
        .order_by(reports.c.collected_at.desc(), reports.c.id.desc())
    )
    if source is not None:
        query = query.where(reports.c.source == source)
    return [BlockedReport(*row) for row in connection.execute(query)]


def unblock(connection: sa.Connection, numbers: Sequence[int]) -> list[int]:
    """Of these reports those that were blocked wait to be merged from now on; which they were."""
    query = (
        sa.update(reports)
        .where(reports.c.id.in_(numbers), reports.c.standing == ReportState.BLOCKED)
        .values(standing=ReportState.NEW, reason=None)
        .returning(reports.c.id)
    )
    return sorted(connection.scalars(query))


def of_source(
    connection: sa.Connection, source: str, since: datetime
) -> Iterator[tuple[datetime, Report]]:
    """The reports of a source that came since a time, with when, the newest first."""
    query = (
        sa.select(reports.c.collected_at, reports.c.content)
        .where(reports.c.source == source, reports.c.collected_at >= since)
        .order_by(reports.c.collected_at.desc(), reports.c.id.desc())
    )
    for collected_at, content in connection.execute(query):
        yield collected_at, read_value(Report, content)


_EVENT = sa.func.coalesce(stories.c.event_id, stories.c.id).label("event")


# The words of the index: with parameters alone SQLite would not see that it fits.
_IS_WAITING = sa.and_(
    sa.text("reports.standing <> 'told'"),
    reports.c.standing.in_([ReportState.NEW, ReportState.CHANGED]),
)


def is_waiting(connection: sa.Connection) -> bool:
    """Whether there are reports that merging is to look at."""
    return bool(connection.scalar(sa.select(sa.exists().where(_IS_WAITING))))


def waiting(connection: sa.Connection) -> list[WaitingReport]:
    """The reports that merging is to look at, oldest first."""
    query = (
        sa.select(reports.c.id, reports.c.content, reports.c.features, reports.c.published, _EVENT)
        .select_from(reports.outerjoin(stories, stories.c.id == reports.c.story_id))
        .where(_IS_WAITING)
        .order_by(reports.c.published, reports.c.id)
    )
    return [
        WaitingReport(r.id, read_value(Report, r.content), r.features, r.published, r.event)
        for r in connection.execute(query)
    ]


def settled(connection: sa.Connection, since: datetime, until: datetime) -> Iterator[SettledReport]:
    """The reports of a span of time that are told."""
    query = (
        sa.select(reports.c.id, reports.c.features, reports.c.published, _EVENT, reports.c.source)
        .join_from(reports, stories, stories.c.id == reports.c.story_id)
        .where(
            reports.c.standing == ReportState.TOLD,
            reports.c.published.between(since, until),
        )
    )
    for row in connection.execute(query):
        yield SettledReport(row.id, row.features, row.published, row.event, row.source)


def by_id(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Report]:
    """Reports by their ids."""
    by_number: dict[int, Report] = {}
    for at in range(0, len(ids), _AT_ONCE):
        query = sa.select(reports.c.id, reports.c.content).where(
            reports.c.id.in_(ids[at : at + _AT_ONCE])
        )
        by_number |= {r.id: read_value(Report, r.content) for r in connection.execute(query)}
    return by_number


def of_story(connection: sa.Connection, story_id: int) -> dict[int, tuple[Report, str | None]]:
    """A story's reports by id, oldest first, each with the reason why it is there."""
    query = (
        sa.select(reports.c.id, reports.c.content, reports.c.reason)
        .where(reports.c.story_id == story_id)
        .order_by(reports.c.published, reports.c.id)
    )
    return {
        row.id: (read_value(Report, row.content), row.reason) for row in connection.execute(query)
    }


def timed_of(connection: sa.Connection, story_id: int) -> list[tuple[Report, datetime]]:
    """A story's reports, each with when it was collected."""
    query = sa.select(reports.c.content, reports.c.collected_at).where(
        reports.c.story_id == story_id
    )
    return [
        (read_value(Report, row.content), row.collected_at) for row in connection.execute(query)
    ]


def sources_of(connection: sa.Connection, story_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The ids of the sources whose reports are in each of these stories, by its id."""
    query = (
        sa.select(reports.c.story_id, reports.c.source)
        .where(reports.c.story_id.in_(story_ids))
        .distinct()
        .order_by(reports.c.source)
    )
    sources: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(query):
        sources[row.story_id] = (*sources.get(row.story_id, ()), row.source)
    return sources


def settle(connection: sa.Connection, rows: Sequence[tuple[int, int, str | None]]) -> None:
    """Report, story, and why: it is in that story now. A reason of None keeps what is there."""
    _SETTLE.run(connection, [(story_id, why, number) for number, story_id, why in rows])


_SETTLE = Bulk(
    sa.update(reports)
    .where(reports.c.id == sa.bindparam("number"))
    .values(
        story_id=sa.bindparam("into"),
        standing=sa.literal_column(f"'{ReportState.TOLD}'"),
        reason=sa.func.coalesce(sa.bindparam("why", type_=sa.Text), reports.c.reason),
    ),
    ("into", "why", "number"),
)


def refresh_features(connection: sa.Connection, features_by_id: Mapping[int, bytes]) -> None:
    """Keep features that another version of this program had to make anew."""
    for report_id, features in features_by_id.items():
        connection.execute(
            sa.update(reports).where(reports.c.id == report_id).values(features=features)
        )


def keep_rule(
    connection: sa.Connection, pairs: Iterable[tuple[int, int]], kind: str, now: datetime
) -> None:
    """What an admin decided of pairs of reports, `together` or `apart`; the last word stands."""
    for pair in pairs:
        first, second = sorted(pair)
        connection.execute(
            sa.delete(merge_rules).where(
                merge_rules.c.first == first, merge_rules.c.second == second
            )
        )
        connection.execute(
            sa.insert(merge_rules).values(first=first, second=second, kind=kind, made_at=now)
        )


def rules(connection: sa.Connection, kind: str) -> frozenset[tuple[int, int]]:
    """The pairs of reports of which an admin decided so."""
    query = sa.select(merge_rules.c.first, merge_rules.c.second).where(merge_rules.c.kind == kind)
    return frozenset((row.first, row.second) for row in connection.execute(query))
