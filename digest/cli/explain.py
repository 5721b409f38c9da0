"""Say why: why an address did or did not get an issue; a story's topic, and its place."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from digest.cli.options import Json, NewsletterId, PastDate, Project, pipeline_of
from digest.cli.output import say, say_json
from digest.cli.stories import find_story
from digest.compose.rank import score
from digest.compose.select import in_scope, is_new
from digest.desk.mail.account import Answer, Attempt, Case, about, answer
from digest.desk.mail.inquiry import Inquiry, inquire
from digest.desk.people.roster import make_subscription
from digest.model import Story
from digest.pipeline import Pipeline
from digest.store import reports


def explain(
    what: Annotated[
        str,
        typer.Argument(metavar="EMAIL|STORY", help="An address, a story's number, or its file."),
    ],
    newsletter: NewsletterId = None,
    date: PastDate = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Say why: why an address did or did not get an issue; a story's topic, and its place.

    An address that nobody knows has an answer too: the exit status is 0.
    """
    with pipeline_of(project) as pipeline:
        pipeline.config.newsletters(newsletter)
        if "@" not in what:
            _explain_story(pipeline, what, newsletter, date, as_json=as_json)
            return
        with pipeline.database.read() as connection:
            found = inquire(
                connection,
                pipeline.config,
                _as_kept(pipeline, what),
                now=pipeline.clock(),
                newsletter=newsletter,
                day=date,
            )
    zone = ZoneInfo(pipeline.config.settings.timezone)
    if as_json:
        say_json(_reader_json(found, zone))
    else:
        _say_reader(found, zone)


def _as_kept(pipeline: Pipeline, email: str) -> str:
    """The address in the form in which it was kept, whatever form the operator has it in."""
    try:
        return make_subscription(email, "", [], "", pipeline.config.topics).email
    except ValueError:
        return email.strip()  # nobody has it, and the answer says so


def _told(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(" ", "seconds")


def _answers(found: Inquiry, zone: ZoneInfo) -> list[tuple[Case, Answer]]:
    return [(case, answer(case, lambda at: _told(at, zone))) for case in found.cases]


def _say_reader(found: Inquiry, zone: ZoneInfo) -> None:
    for line in about(found.reader, lambda at: _told(at, zone)):
        say(line)
    for case, given in _answers(found, zone):
        say()
        say(f"{case.key}: {given.verdict}. {given.reason}")
        for attempt in case.delivery.attempts if case.delivery else ():
            say(f"  {_attempt_line(attempt, zone)}")


def _attempt_line(attempt: Attempt, zone: ZoneInfo) -> str:
    parts = (
        _told(attempt.at, zone),
        f"attempt {attempt.number}",
        attempt.state,
        attempt.server,
        attempt.reply,
    )
    return "  ".join(part for part in parts if part)


def _reader_json(found: Inquiry, zone: ZoneInfo) -> dict[str, Any]:
    reader = found.reader
    return {
        "address": reader.email,
        "known": reader.known,
        "suppressed": asdict(reader.suppressed) if reader.suppressed else None,
        "subscriptions": [asdict(each) for each in reader.memberships],
        "departures": [asdict(each) for each in reader.departures],
        "returns": [asdict(each) for each in reader.returns],
        "issues": [_case_json(case, given) for case, given in _answers(found, zone)],
    }


def _case_json(case: Case, given: Answer) -> dict[str, Any]:
    record = case.delivery
    return {
        "issue": case.key,
        "newsletter": case.newsletter,
        "date": case.date,
        "issue_state": case.issue.state if case.issue else None,
        "delivery": record.state if record else None,
        "verdict": given.verdict,
        "reason": given.reason,
        "due_at": record.due_at if record else None,
        "since": record.since if record else None,
        "told_with": record.told_with if record else None,
        "next_attempt_at": record.next_attempt_at if record else None,
        "in_doubt_at": record.doubted_at if record else None,
        "attempts": [asdict(each) for each in record.attempts] if record else [],
        "returns": [asdict(each) for each in case.returns],
    }


def _explain_story(
    pipeline: Pipeline, what: str, newsletter: str | None, day: date | None, *, as_json: bool
) -> None:
    with pipeline.database.read() as connection:
        story = find_story(connection, what)
    found = _story(story)
    ranks = list(_ranks(pipeline, story, newsletter, day))
    with pipeline.database.read() as connection:
        members = list(_members(connection, story))
    if as_json:
        say_json({**found, "reports": members, "ranks": ranks})
        return
    for key, value in found.items():
        say(f"{key.replace('_', ' ').capitalize()}: {value}")
    for each in members:
        say(f"Report {each['report']}, {each['source']}: {each['headline']}")
        if each["reason"]:
            say(f"  {each['reason']}")
    for each in ranks:
        outside = "" if each["new"] else " (not news on that day)"
        say(f"Rank in {each['issue']}{outside}: {each['reason']}")


def _story(story: Story) -> dict[str, Any]:
    return {
        "story": f"{story.id}, {story.headline}",
        "topic": story.topic,
        "topic_reason": story.topic_reason,
        "day": story.dropped or f"collected {story.collected_at:%Y-%m-%d %H:%M} UTC",
        "sources": story.source_count,
    }


def _members(connection: sa.Connection, story: Story) -> Iterator[dict[str, Any]]:
    """The reports that a story is made of, each with why it is there."""
    for number, (report, reason) in reports.of_story(connection, story.id).items():
        yield {
            "report": number,
            "source": report.source,
            "headline": report.headline,
            "url": report.sources[0].url if report.sources else None,
            "reason": reason or "",
        }


def _ranks(
    pipeline: Pipeline, story: Story, newsletter: str | None, day: date | None
) -> Iterator[dict[str, Any]]:
    """What puts a story where it is in the issue of a day (today's), of each newsletter."""
    tree = pipeline.config.topics
    for each in pipeline.config.newsletters(newsletter):
        if in_scope(story, each, tree):
            of = day or pipeline.today(each)
            points = score(story, each, tree, of)
            yield {
                "issue": f"{each.id}-{of}",
                "new": is_new(story, each, of),
                "score": points.total,
                "pinned": points.pinned,
                "parts": [asdict(part) for part in points.parts],
                "reason": str(points),
            }
