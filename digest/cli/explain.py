"""Say why: why an address did or did not get an issue; a story's topic, and its place."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from digest.cli.context import project_of
from digest.cli.explain_item import explain_item
from digest.cli.json_output import rejection_json, say_json
from digest.cli.options import Json, NewsletterId, PastDate, ProjectFolder
from digest.cli.output import say
from digest.cli.times import Tell, project_clock
from digest.compose.rank import score
from digest.compose.select import in_scope, is_new
from digest.model import Story
from digest.project import Project
from digest.services.explain.facts import (
    ActiveSubscription,
    Attempt,
    DeliveryFacts,
    ReturnedMailFact,
)
from digest.services.explain.find import FactFinder, find_facts
from digest.services.explain.subscriber_words import When, about
from digest.services.explain.words import DeliveryExplanation, answer, said_of
from digest.services.stories.edit import find_story, look_up
from digest.services.subscribers.importing.own_format import make_subscription
from digest.store import issues, rejections, reports, stories

# What is said of a story, a line each.
_TOLD = ("story", "topic", "topic_reason", "day", "sources")


def explain(
    what: Annotated[
        str,
        typer.Argument(metavar="EMAIL|STORY", help="An address, a story's number, or its file."),
    ],
    newsletter: NewsletterId = None,
    date: PastDate = None,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Say why: why an address did or did not get an issue; a story's topic, and its place.

    Of a feed's item, by its address on the web: what became of it. An address of mail that nobody
    knows has an answer too: the exit status is 0.
    """
    with project_of(folder) as project:
        if "://" in what:
            explain_item(project, what, as_json=as_json)
            return
        if "@" not in what:
            project.config.newsletters(newsletter)
            _explain_story(project, what, newsletter, date, as_json=as_json)
            return
        now, tell = project.clock(), project_clock(project)
        with project.database.read() as connection:
            if newsletter is not None and issues.last(connection, newsletter) is None:
                project.config.newsletters(newsletter)  # one that is gone has issues still
            email = _as_kept(project, what)
            found = find_facts(
                connection, project.config, email, now=now, newsletter=newsletter, day=date
            )
    if as_json:
        zone = ZoneInfo(project.config.settings.timezone)
        say_json(_address_json(found, lambda at: at.astimezone(zone).isoformat(" ", "seconds")))
    else:
        _say_address(found, tell, newsletter)


def _as_kept(project: Project, email: str) -> str:
    """The address in the form in which it was kept, whatever form the operator has it in."""
    try:
        return make_subscription(email, "", [], "", project.config.topics).email
    except ValueError:
        return email.strip()  # nobody has it, and the answer says so


def _say_address(found: FactFinder, when: When, newsletter: str | None) -> None:
    for line in about(found.subscriber, when, newsletter):
        say(line)
    for case in found.cases:
        given = answer(case, when)
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
        said_of(attempt) if attempt.reply or attempt.cause else "",
    )
    return "  ".join(part for part in parts if part)


def _address_json(found: FactFinder, when: When) -> dict[str, Any]:
    subscriber, gone = found.subscriber, found.subscriber.suppressed
    return {
        "address": subscriber.email,
        "known": subscriber.known,
        "suppressed": {"reason": gone.reason, "since": gone.since} if gone else None,
        "subscriptions": [_subscription_json(each) for each in subscriber.memberships],
        "departures": [
            {"newsletter": each.newsletter, "at": each.at, "how": each.how, "reason": each.reason}
            for each in subscriber.departures
        ],
        "returns": [_return_json(each) for each in subscriber.returns],
        "issues": [_case_json(case, answer(case, when)) for case in found.cases],
    }


def _subscription_json(membership: ActiveSubscription) -> dict[str, Any]:
    return {
        "newsletter": membership.newsletter,
        "since": membership.since,
        "topics": membership.topics,
        "hour": membership.hour,
        "zone": membership.zone,
        "paused_until": membership.paused_until,
        "agreed_at": membership.agreed_at,
        "agreed_how": membership.agreed_how,
    }


def _return_json(returned: ReturnedMailFact) -> dict[str, Any]:
    return {"at": returned.at, "kind": returned.kind, "reason": returned.reason}


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": attempt.at,
        "state": attempt.state,
        "server": attempt.server,
        "reply": attempt.reply,
    }


def _case_json(case: DeliveryFacts, given: DeliveryExplanation) -> dict[str, Any]:
    record = case.delivery
    return {
        "issue": case.key,
        "newsletter": case.newsletter,
        "date": case.date,
        "issue_state": case.issue.state if case.issue else None,
        "delivery": record.state if record else None,
        "cause": record.cause if record else None,
        "verdict": given.verdict,
        "reason": given.reason,
        "due_at": record.due_at if record else None,
        "since": record.since if record else None,
        "told_with": record.told_with if record else None,
        "next_attempt_at": record.next_attempt_at if record else None,
        "in_doubt_at": record.doubted_at if record else None,
        "attempts": [_attempt_json(each) for each in record.attempts] if record else [],
        "returns": [_return_json(each) for each in case.returns],
    }


def _explain_story(
    project: Project, what: str, newsletter: str | None, day: date | None, *, as_json: bool
) -> None:
    with project.database.read() as connection:
        rejection = None if what.isdecimal() else rejections.of_file(connection, str(Path(what)))
        found: dict[str, Any] = {"rejected": rejection_json(rejection) if rejection else None}
        # A file that is rejected may never have been a story.
        story = look_up(connection, what) if rejection else find_story(connection, what)
        if story is not None:
            found |= _story(story)
            found["withdrawn_at"] = stories.withdrawn_at(connection, story.id)
            found["reports"] = list(_members(connection, story))
            told = () if found["withdrawn_at"] else _ranks(project, story, newsletter, day)
            found["ranks"] = list(told)
    if as_json:
        say_json(found)
        return
    tell = project_clock(project)
    if rejection is not None:
        say(f"Rejected: {rejection}")
        say(f"  since {tell(rejection.since)}")
    if story is not None:
        _say_story(found, tell)


def _say_story(found: dict[str, Any], tell: Tell) -> None:
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
        at = tell(found["withdrawn_at"])
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
    project: Project, story: Story, newsletter: str | None, day: date | None
) -> Iterator[dict[str, Any]]:
    """What puts a story where it is in the issue of a day (today's), of each newsletter."""
    tree = project.config.topics
    for each in project.config.newsletters(newsletter):
        if in_scope(story, each, tree):
            of = day or project.today(each)
            points = score(story, each, tree, of)
            yield {
                "issue": f"{each.id}-{of}",
                "new": is_new(story, each, of),
                "score": points.total,
                "pinned": points.pinned,
                "parts": [
                    {"name": part.name, "value": part.value, "sentence": part.sentence}
                    for part in points.parts
                ],
                "reason": str(points),
            }
