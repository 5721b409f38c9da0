"""Say why: why an address did or did not get an issue, why a story has its topic."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from digest.account import Answer, Attempt, Case, about, answer
from digest.cli.options import Json, NewsletterId, PastDate, Project, pipeline_of
from digest.cli.output import say, say_json
from digest.errors import UsageError
from digest.inquiry import Inquiry, inquire
from digest.pipeline import Pipeline
from digest.roster import make_subscription
from digest.store import stories


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
    """Say why: why an address did or did not get an issue, why a story has its topic.

    An address that nobody knows has an answer too: the exit status is 0.
    """
    with pipeline_of(project) as pipeline:
        if "@" not in what:
            _explain_story(pipeline, what, as_json=as_json)
            return
        pipeline.config.newsletters(newsletter)
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
        "next_attempt_at": record.next_attempt_at if record else None,
        "in_doubt_at": record.doubted_at if record else None,
        "attempts": [asdict(each) for each in record.attempts] if record else [],
        "returns": [asdict(each) for each in case.returns],
    }


def _explain_story(pipeline: Pipeline, what: str, *, as_json: bool) -> None:
    found = _story(pipeline, what)
    if as_json:
        say_json(found)
        return
    for key, value in found.items():
        say(f"{key.replace('_', ' ').capitalize()}: {value}")


def _story(pipeline: Pipeline, what: str) -> dict[str, Any]:
    with pipeline.database.read() as connection:
        number = int(what) if what.isdecimal() else stories.story_of_key(connection, _key(what))
        story = stories.get(connection, number) if number is not None else None
    if story is None:
        raise UsageError(
            f"there is no story {what!r}", remedy="name its number or its file in seeds/"
        )
    return {
        "story": f"{story.id}, {story.headline}",
        "topic": story.topic,
        "topic_reason": story.topic_reason,
        "day": story.dropped or f"collected {story.collected_at:%Y-%m-%d %H:%M} UTC",
        "sources": story.source_count,
    }


def _key(what: str) -> str:
    parts = Path(what).parts
    return "/".join(parts[1:] if parts and parts[0] == "seeds" else parts)
