"""What a person says of a copy: it is the installation from now on, and what became of its mail."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from digest.compose.due_issues import due_issues
from digest.errors import DigestError
from digest.model import IssueState, Newsletter
from digest.project import Project
from digest.services.installation.guard import find_refusal, new_home
from digest.services.installation.mark import mark_path, read_mark, write_mark
from digest.services.installation.rules import Mark, Why
from digest.store import deliveries, edits, installations, issues, notices
from digest.store.database import exclusively
from digest.store.installations import Installation


@dataclass(frozen=True, slots=True)
class SentElsewhere:
    """What the original may have sent: all that was due `until` then, and these issues.

    The issues are those that this database has not sealed.
    """

    until: datetime
    issues: list[tuple[Newsletter, date]]


def sent_elsewhere(project: Project) -> SentElsewhere:
    """By the mark, where that is the original's own; else all that is due by now."""
    config, now = project.config, project.clock()
    refusal, mark = find_refusal(config, project.database), _mark_of(project)
    with project.database.read() as connection:
        done = issues.done(connection, date.min)
        hours = edits.changed_hours(connection, now.date() - timedelta(days=2))
    if refusal is None or refusal.why not in (Why.BEHIND, Why.OTHER_DATABASE) or mark is None:
        due = due_issues(config.settings.newsletters, done, hours, now)
        return SentElsewhere(now, [(issue.newsletter, issue.date) for issue in due])
    sealed = [(config.newsletter(name), day) for name, day in mark.sealed.items()]
    missing = [(letter, day) for letter, day in sealed if letter and (letter.id, day) not in done]
    return SentElsewhere(mark.until or now, missing)


def adopt(project: Project, sent: SentElsewhere | None) -> int:
    """Make this database the installation, at home here; how many deliveries are in doubt now.

    With `sent`, what the original may have sent is in doubt and not sent again. Ended in the
    middle it is refused as before, and can be adopted again.
    """
    path = mark_path(project.config, project.database)
    if path is None:
        return 0
    with project.database.write() as connection:
        exclusively(connection)
        doubted = _doubt(connection, sent, project.clock()) if sent is not None else 0
        before, mark = installations.find(connection), _mark_of(project)
        this = _successor(before, mark, new_home(connection))
        installations.put(connection, this)
    try:
        write_mark(path, this, mark.sealed if mark else {})
    except OSError as error:
        raise DigestError(
            f"{path} cannot be written: {error.strerror}", remedy="mend its folder's permissions"
        ) from error
    return doubted


def _doubt(connection: sa.Connection, sent: SentElsewhere, now: datetime) -> int:
    for newsletter, day in sent.issues:
        record = issues.find(connection, newsletter.id, day)
        if record is not None and record.state is IssueState.HELD:
            issues.skip(
                connection, newsletter.id, day, "it may have gone out from the original", now
            )
    notices.give_up_adopted(connection, sent.until, now)
    doubted = 0
    for record in issues.unfinished(connection, paused=True):
        # One that is made in place of the original's was due when that was.
        here = record.sealed_at is not None and record.sealed_at > sent.until
        until = now if here else sent.until
        doubted += deliveries.doubt_for_good(connection, record.id, until, now)
    return doubted


def _successor(before: Installation | None, mark: Mark | None, home: str) -> Installation:
    """The installation after an adoption: ahead of every mark there is of it."""
    name = before.id if before else mark.installation if mark else uuid.uuid4().hex
    epochs = [place.epoch for place in (before, mark) if place is not None]
    claims = [(before.claimed, before.claimed_at)] if before else []
    claims += [(mark.claimed, mark.until)] if mark and mark.installation == name else []
    claimed, claimed_at = max(claims, key=lambda claim: claim[0], default=(0, None))
    ran_at = before.ran_at if before else None
    return Installation(name, max(epochs, default=0) + 1, home, claimed, claimed_at, ran_at)


def _mark_of(project: Project) -> Mark | None:
    path = mark_path(project.config, project.database)
    kept = read_mark(path) if path is not None else None
    return kept[0] if kept else None
