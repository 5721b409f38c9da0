"""Say why: why an address did or did not get an issue; a story's topic, and its place."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from digest.cli.explain_item import explain_item
from digest.cli.options import Json, NewsletterId, PastDate, Project, pipeline_of
from digest.cli.output import said_time, say, say_json
from digest.cli.rejected import rejection_json
from digest.cli.sources import moment
from digest.cli.stories import find_story, look_up
from digest.compose.rank import score
from digest.compose.select import in_scope, is_new
from digest.model import Story
from digest.pipeline import Pipeline
from digest.services.explain.facts import Attempt, DeliveryFacts
from digest.services.explain.find import FactFinder, find_facts
from digest.services.explain.subscriber_words import When, about
from digest.services.explain.words import DeliveryExplanation, answer
from digest.services.subscribers.importing.own_format import make_subscription
from digest.store import issues, rejections, reports, stories

# What is said of a story, a line each.
_TOLD = ("story", "topic", "topic_reason", "day", "sources")


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="EMAIL|STORY|URL", help="An address, a story's number or file, an item's page."
        ),
    ],
    newsletter: NewsletterId = None,
    date: PastDate = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Say why: why an address did or did not get an issue; a story's topic, and its place.

    Of a feed's item, by its address on the web: what became of it. An address of mail that nobody
    knows has an answer too: the exit status is 0.
    """
    with pipeline_of(project) as pipeline:
        if "://" in what:
            explain_item(pipeline, what, as_json=as_json)
            return
        if "@" not in what:
            pipeline.config.newsletters(newsletter)
            _explain_story(pipeline, what, newsletter, date, as_json=as_json)
            return
        now = pipeline.clock()
        with pipeline.database.read() as connection:
            if newsletter is not None and issues.last(connection, newsletter) is None:
                pipeline.config.newsletters(newsletter)  # one that is gone has issues still
            email = _as_kept(pipeline, what)
            found = find_facts(
                connection, pipeline.config, email, now=now, newsletter=newsletter, day=date
            )
    zone = ZoneInfo(pipeline.config.settings.timezone)
    if as_json:
        say_json(_subscriber_json(found, lambda at: _iso(at, zone)))
    else:
        _say_subscriber(found, lambda at: said_time(at, zone, now), newsletter)


def _as_kept(pipeline: Pipeline, email: str) -> str:
    """The address in the form in which it was kept, whatever form the operator has it in."""
    try:
        return make_subscription(email, "", [], "", pipeline.config.topics).email
    except ValueError:
        return email.strip()  # nobody has it, and the answer says so


def _iso(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(" ", "seconds")


def _answers(found: FactFinder, when: When) -> list[tuple[DeliveryFacts, DeliveryExplanation]]:
    return [(case, answer(case, when)) for case in found.cases]


def _say_subscriber(found: FactFinder, when: When, newsletter: str | None) -> None:
    for line in about(found.subscriber, when, newsletter):
        say(line)
    for case, given in _answers(found, when):
        say()
        say(f"{case.key}: {given.verdict}. {given.reason}")
        for attempt in case.delivery.attempts if case.delivery else ():
            say(f"  {_attempt_line(attempt, when)}")


def _attempt_line(attempt: Attempt, when: When) -> str:
    parts = (
        when(attempt.at),
        f"attempt {attempt.number}",
        attempt.state,
        attempt.server,
        attempt.reply,
    )
    return "  ".join(part for part in parts if part)


def _subscriber_json(found: FactFinder, when: When) -> dict[str, Any]:
    subscriber = found.subscriber
    return {
        "address": subscriber.email,
        "known": subscriber.known,
        "suppressed": asdict(subscriber.suppressed) if subscriber.suppressed else None,
        "subscriptions": [asdict(each) for each in subscriber.memberships],
        "departures": [asdict(each) for each in subscriber.departures],
        "returns": [asdict(each) for each in subscriber.returns],
        "issues": [_case_json(case, given) for case, given in _answers(found, when)],
    }


def _case_json(case: DeliveryFacts, given: DeliveryExplanation) -> dict[str, Any]:
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
        rejection = None if what.isdecimal() else rejections.of_file(connection, str(Path(what)))
        found: dict[str, Any] = {"rejected": rejection_json(rejection) if rejection else None}
        # A file that is rejected may never have been a story.
        story = look_up(connection, what) if rejection else find_story(connection, what)
        if story is not None:
            found |= _story(story)
            found["withdrawn_at"] = stories.withdrawn_at(connection, story.id)
            found["reports"] = list(_members(connection, story))
            told = () if found["withdrawn_at"] else _ranks(pipeline, story, newsletter, day)
            found["ranks"] = list(told)
    if as_json:
        say_json(found)
        return
    zone = ZoneInfo(pipeline.config.settings.timezone)
    if rejection is not None:
        say(f"Rejected: {rejection}")
        say(f"  since {moment(rejection.since, zone)}")
    if story is not None:
        _say_story(found, zone)


def _say_story(found: dict[str, Any], zone: ZoneInfo) -> None:
    for key in _TOLD:
        say(f"{key.replace('_', ' ').capitalize()}: {found[key]}")
    for each in found["reports"]:
        say(f"Report {each['report']}, {each['source']}: {each['headline']}")
        if each["reason"]:
            say(f"  {each['reason']}")
    for each in found["ranks"]:
        outside = "" if each["new"] else " (not news on that day)"
        say(f"Rank in {each['issue']}{outside}: {each['reason']}")
    if found["withdrawn_at"]:
        at = moment(found["withdrawn_at"], zone)
        say(f"Dropped: {at}. It goes into no issue; `digest stories restore` undoes it.")


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
