"""Issues: drafts, the seal that freezes one and takes its stories, and how far each has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from digest.model import DeliveryState, Issue, IssueCause, IssueState, RenderedIssue
from digest.store.database import insert_new
from digest.store.json_values import json_value, read_value
from digest.store.schema import deliveries, issue_stories, issues


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A sealed issue, in short: all that the issue before or after it has to know."""

    id: int
    newsletter: str
    date: date


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """An issue as it is kept; `issue` is None where nothing was new.

    `reason` says why it is held, skipped, paused or stopped; of one that is sent, why the last run
    stopped. `cause` is set where code asks for it. `editors_told` is what they were told last.
    """

    id: int
    newsletter: str
    date: date
    state: IssueState
    reason: str
    sealed_at: datetime | None
    finished_at: datetime | None
    issue: Issue | None
    rendered: RenderedIssue | None
    cause: IssueCause | None = None
    paused_at: datetime | None = None
    editors_told: str = ""
    deliveries_ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """Its name in messages and JSON."""
        return f"{self.newsletter}-{self.date.isoformat()}"

    @property
    def sealed(self) -> bool:
        """Whether its content is frozen and its stories are taken."""
        return self.sealed_at is not None

    @property
    def neighbour(self) -> Neighbour:
        """It in short."""
        return Neighbour(self.id, self.newsletter, self.date)


def find(connection: sa.Connection, newsletter: str, day: date) -> IssueRecord | None:
    """The issue of a newsletter on a date."""
    return _one(connection, issues.c.newsletter == newsletter, issues.c.date == day)


def number_of(connection: sa.Connection, newsletter: str, day: date) -> int | None:
    """The id of the issue of a newsletter on a date, without its content."""
    query = sa.select(issues.c.id).where(issues.c.newsletter == newsletter, issues.c.date == day)
    return connection.scalar(query)


def get(connection: sa.Connection, issue_id: int) -> IssueRecord:
    """The issue with this id, which must be there."""
    record = _one(connection, issues.c.id == issue_id)
    assert record is not None
    return record


def done(connection: sa.Connection, since: date) -> set[tuple[str, date]]:
    """Newsletter and date of every issue from `since` that is sealed or skipped.

    One that is held is not among them: it is tried again.
    """
    query = sa.select(issues.c.newsletter, issues.c.date).where(
        issues.c.date >= since, issues.c.state.not_in([IssueState.DRAFT, IssueState.HELD])
    )
    return {(row.newsletter, row.date) for row in connection.execute(query)}


def of_story(connection: sa.Connection, newsletter: str, story_id: int) -> tuple[int, Issue] | None:
    """The sealed issue of a newsletter that has a story, and its number."""
    query = (
        sa.select(issues.c.id, issues.c.content)
        .join(issue_stories, issue_stories.c.issue_id == issues.c.id)
        .where(issue_stories.c.newsletter == newsletter, issue_stories.c.story_id == story_id)
    )
    row = connection.execute(query).one_or_none()
    return (row.id, read_value(Issue, row.content)) if row else None


def subject_before(connection: sa.Connection, newsletter: str, day: date) -> str | None:
    """The subject of the last sealed issue before a date."""
    content = connection.scalar(
        sa.select(issues.c.content)
        .where(
            issues.c.newsletter == newsletter, issues.c.date < day, issues.c.sealed_at.is_not(None)
        )
        .order_by(issues.c.date.desc())
        .limit(1)
    )
    return str(content["subject"]) if content else None


def subjects_before(
    connection: sa.Connection, newsletter: str, day: date, since: date
) -> list[tuple[date, str]]:
    """Dates and subjects of the sealed issues from `since` on and before a date, the last first."""
    query = (
        sa.select(issues.c.date, issues.c.content)
        .where(
            issues.c.newsletter == newsletter,
            issues.c.date >= since,
            issues.c.date < day,
            issues.c.sealed_at.is_not(None),
        )
        .order_by(issues.c.date.desc())
    )
    return [(row.date, str(row.content["subject"])) for row in connection.execute(query)]


def date_before(connection: sa.Connection, newsletter: str, day: date) -> date | None:
    """The date of the last sealed issue before a date."""
    query = sa.select(sa.func.max(issues.c.date)).where(
        issues.c.newsletter == newsletter, issues.c.date < day, issues.c.sealed_at.is_not(None)
    )
    date_of_last: date | None = connection.scalar(query)
    return date_of_last


def before(connection: sa.Connection, newsletter: str, day: date) -> list[Neighbour]:
    """The last two sealed issues before a date, the last first.

    None, where one of a later date was sealed already: this one comes out of turn.
    """
    if after(connection, newsletter, day) is not None:
        return []
    return _neighbours(connection, newsletter, issues.c.date < day, issues.c.date.desc(), 2)


def after(
    connection: sa.Connection, newsletter: str, day: date, sealed_at: datetime | None = None
) -> Neighbour | None:
    """The first sealed issue after a date; of those that were sealed no sooner than `sealed_at`."""
    later = issues.c.date > day
    if sealed_at is not None:
        later &= issues.c.sealed_at >= sealed_at
    return next(iter(_neighbours(connection, newsletter, later, issues.c.date, 1)), None)


def last(connection: sa.Connection, newsletter: str) -> Neighbour | None:
    """The sealed issue of the latest date."""
    latest = _neighbours(connection, newsletter, sa.true(), issues.c.date.desc(), 1)
    return next(iter(latest), None)


def told_since(connection: sa.Connection, until: IssueRecord, since: date) -> list[Issue]:
    """The issues of a newsletter from a date up to this one, the oldest first.

    Without those of earlier dates that were sealed after it, by hand: they have their own mail.
    """
    query = (
        sa.select(issues.c.content)
        .where(
            issues.c.newsletter == until.newsletter,
            issues.c.date >= since,
            issues.c.date <= until.date,
            issues.c.sealed_at <= until.sealed_at,
        )
        .order_by(issues.c.date)
    )
    return [read_value(Issue, content) for content in connection.scalars(query)]


def unfinished(connection: sa.Connection, *, paused: bool = False) -> list[IssueRecord]:
    """Sealed issues with mail still to be sent, oldest first; with `paused` those that wait too."""
    states = [IssueState.SENDING, IssueState.PAUSED] if paused else [IssueState.SENDING]
    query = sa.select(issues).where(issues.c.state.in_(states)).order_by(issues.c.date, issues.c.id)
    return [_record(row) for row in connection.execute(query).mappings()]


def held(connection: sa.Connection) -> list[IssueRecord]:
    """The issues that must not go out as they are, oldest first."""
    query = sa.select(issues).where(issues.c.state == IssueState.HELD).order_by(issues.c.date)
    return [_record(row) for row in connection.execute(query).mappings()]


def latest(
    connection: sa.Connection, limit: int, newsletter: str | None = None
) -> list[IssueRecord]:
    """The newest issues (of a newsletter), newest first."""
    query = sa.select(issues).order_by(issues.c.date.desc(), issues.c.newsletter).limit(limit)
    if newsletter is not None:
        query = query.where(issues.c.newsletter == newsletter)
    return [_record(row) for row in connection.execute(query).mappings()]


def save_draft(
    connection: sa.Connection,
    issue: Issue,
    now: datetime,
    reason: str = "",
    cause: IssueCause | None = None,
) -> None:
    """Keep a draft in place of an earlier one; it takes no story. A sealed issue stays."""
    _put(connection, issue.newsletter, issue.date, now, IssueState.DRAFT, issue, reason, cause)


def skip(
    connection: sa.Connection,
    newsletter: str,
    day: date,
    reason: str,
    now: datetime,
    cause: IssueCause | None = None,
) -> None:
    """Record that there is no issue on this date, and why."""
    _put(connection, newsletter, day, now, IssueState.SKIPPED, None, reason, cause)


def hold(
    connection: sa.Connection,
    issue: Issue,
    reason: str,
    now: datetime,
    cause: IssueCause | None = None,
) -> None:
    """Record that the issue must not go out as it is, and why; it takes no story."""
    _put(connection, issue.newsletter, issue.date, now, IssueState.HELD, issue, reason, cause)


def seal(
    connection: sa.Connection, issue: Issue, now: datetime, rendered: RenderedIssue | None = None
) -> int | None:
    """Freeze the issue and take its stories: its id, or None where it was sealed already.

    All or nothing, in the open transaction: a story that another issue of the newsletter took
    in the meantime breaks the unique key and so the seal.
    """
    existing = find(connection, issue.newsletter, issue.date)
    if existing is not None and existing.sealed:
        return None
    _put(connection, issue.newsletter, issue.date, now, IssueState.SENDING, issue)
    record = find(connection, issue.newsletter, issue.date)
    assert record is not None
    unsealed = sa.update(issues).where(issues.c.id == record.id, issues.c.sealed_at.is_(None))
    frozen = {
        "sealed_at": now,
        "rendered": json_value(RenderedIssue, rendered) if rendered else None,
    }
    if connection.execute(unsealed.values(**frozen)).rowcount == 0:
        return None  # another transaction sealed it since the first look
    connection.execute(
        sa.insert(issue_stories),
        [
            {"newsletter": issue.newsletter, "story_id": story.id, "issue_id": record.id}
            for story in issue.all_stories
        ],
    )
    from digest.store import search

    search.index(connection, [story.id for story in issue.all_stories])
    return record.id


def dead_links(connection: sa.Connection, newsletter: str, day: date) -> dict[str, str]:
    """The links of a draft that did not answer when they were asked, each with what is wrong."""
    query = sa.select(issues.c.dead_links)
    links = connection.scalar(query.where(issues.c.newsletter == newsletter, issues.c.date == day))
    return dict(links or {})


def note_dead_links(
    connection: sa.Connection, newsletter: str, day: date, dead: Mapping[str, str]
) -> None:
    """What came of asking the links of a date's draft."""
    connection.execute(
        sa.update(issues)
        .where(issues.c.newsletter == newsletter, issues.c.date == day)
        .values(dead_links=dict(dead) or None)
    )


def note_told(connection: sa.Connection, issue_id: int, notice: str) -> None:
    """What editors were told of an issue last."""
    connection.execute(sa.update(issues).where(issues.c.id == issue_id).values(editors_told=notice))


def pause(connection: sa.Connection, issue_id: int, reason: str, now: datetime) -> bool:
    """Let what is left of an issue wait until somebody resumes it; False where it is not sent."""
    return _end_sending(connection, issue_id, state=IssueState.PAUSED, reason=reason, paused_at=now)


def stop(connection: sa.Connection, issue_id: int, reason: str, now: datetime) -> bool:
    """Send nothing more of an issue, for good; False where nothing is being sent of it."""
    return _end_sending(
        connection, issue_id, state=IssueState.STOPPED, reason=reason, finished_at=now
    )


def _end_sending(connection: sa.Connection, issue_id: int, **values: object) -> bool:
    under_way = issues.c.state.in_([IssueState.SENDING, IssueState.PAUSED])
    which = under_way & (issues.c.id == issue_id) & (issues.c.state != values["state"])
    return connection.execute(sa.update(issues).where(which).values(**values)).rowcount > 0


def resume(connection: sa.Connection, issue_id: int) -> bool:
    """Let the sending of an issue go on; False where it was not paused."""
    paused = (issues.c.id == issue_id) & (issues.c.state == IssueState.PAUSED)
    resumed = sa.update(issues).where(paused).values(state=IssueState.SENDING, reason="")
    return connection.execute(resumed).rowcount > 0


def newest_in(
    connection: sa.Connection, newsletter: str, states: Sequence[IssueState]
) -> date | None:
    """The latest date of an issue of a newsletter in one of these states."""
    query = sa.select(sa.func.max(issues.c.date)).where(
        issues.c.newsletter == newsletter, issues.c.state.in_(states)
    )
    newest: date | None = connection.scalar(query)
    return newest


def sending_state(connection: sa.Connection, issue_id: int) -> IssueState:
    """The state of an issue, and nothing else of it."""
    query = sa.select(issues.c.state).where(issues.c.id == issue_id)
    return IssueState(connection.execute(query).scalar_one())


def stopped_with_mail(connection: sa.Connection) -> list[int]:
    """The issues that were stopped for good and of which mail still waits, or is to be resent."""
    open_states = [DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.IN_DOUBT]
    waits = sa.exists().where(
        deliveries.c.issue_id == issues.c.id,
        deliveries.c.state.in_(open_states),
        deliveries.c.finished_at.is_(None),
    )
    query = sa.select(issues.c.id).where(issues.c.state == IssueState.STOPPED, waits)
    return list(connection.scalars(query))


def finish(connection: sa.Connection, issue_id: int, now: datetime) -> None:
    """Nothing of the issue is left to be sent."""
    connection.execute(
        sa.update(issues)
        .where(issues.c.id == issue_id, issues.c.state == IssueState.SENDING)
        .values(state=IssueState.SENT, reason="", finished_at=now)
    )


def note_stop(connection: sa.Connection, issue_id: int, reason: str) -> None:
    """Why the last run stopped sending it before its time; empty: it did not."""
    connection.execute(
        sa.update(issues)
        .where(issues.c.id == issue_id, issues.c.state == IssueState.SENDING)
        .values(reason=reason)
    )


def standing(
    connection: sa.Connection, newsletter: str, day: date
) -> tuple[int, str, str, datetime | None] | None:
    """Number, state, reason and end of the issue of a date, without its content, which is large."""
    columns = issues.c.id, issues.c.state, issues.c.reason, issues.c.finished_at
    query = sa.select(*columns).where(issues.c.newsletter == newsletter, issues.c.date == day)
    row = connection.execute(query).one_or_none()
    return (row.id, row.state, row.reason, row.finished_at) if row else None


def wait_again(connection: sa.Connection, newsletter: str, day: date) -> None:
    """What was held or skipped on a date is due as before."""
    stopped = issues.c.state.in_([IssueState.HELD, IssueState.SKIPPED])
    connection.execute(
        sa.update(issues)
        .where(issues.c.newsletter == newsletter, issues.c.date == day, stopped)
        .values(state=IssueState.DRAFT, reason="", cause=None)
    )


def reopen(connection: sa.Connection, issue_id: int) -> None:
    """A sealed issue has mail to be sent again."""
    connection.execute(
        sa.update(issues)
        .where(issues.c.id == issue_id, issues.c.sealed_at.is_not(None))
        .values(state=IssueState.SENDING, finished_at=None)
    )


def _put(
    connection: sa.Connection,
    newsletter: str,
    day: date,
    now: datetime,
    state: IssueState,
    issue: Issue | None,
    reason: str = "",
    cause: IssueCause | None = None,
) -> None:
    values: dict[str, Any] = {
        "state": state,
        "cause": cause,
        "reason": reason,
        "content": json_value(Issue, issue) if issue else None,
        "content_hash": issue.content_hash if issue else None,
    }
    row = {"newsletter": newsletter, "date": day, "created_at": now, **values}
    insert_new(connection, issues, [row])
    connection.execute(
        sa.update(issues)
        .where(
            issues.c.newsletter == newsletter, issues.c.date == day, issues.c.sealed_at.is_(None)
        )
        .values(**values)
    )


def _neighbours(
    connection: sa.Connection,
    newsletter: str,
    condition: sa.ColumnElement[bool],
    order: sa.ColumnElement[Any],
    limit: int,
) -> list[Neighbour]:
    query = (
        sa.select(issues.c.id, issues.c.date)
        .where(issues.c.newsletter == newsletter, issues.c.sealed_at.is_not(None), condition)
        .order_by(order)
        .limit(limit)
    )
    return [Neighbour(row.id, newsletter, row.date) for row in connection.execute(query)]


def _one(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> IssueRecord | None:
    row = connection.execute(sa.select(issues).where(*conditions)).mappings().first()
    return _record(row) if row else None


def _record(row: sa.RowMapping) -> IssueRecord:
    return IssueRecord(
        id=row["id"],
        newsletter=row["newsletter"],
        date=row["date"],
        state=IssueState(row["state"]),
        cause=IssueCause(row["cause"]) if row["cause"] else None,
        reason=row["reason"],
        sealed_at=row["sealed_at"],
        finished_at=row["finished_at"],
        issue=read_value(Issue, row["content"]) if row["content"] else None,
        rendered=read_value(RenderedIssue, row["rendered"]) if row["rendered"] else None,
        paused_at=row["paused_at"],
        editors_told=row["editors_told"],
        deliveries_ended_at=row["deliveries_ended_at"],
    )
