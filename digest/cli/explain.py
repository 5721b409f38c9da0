"""Say why: why an address did or did not get an issue; a story's topic, and its place."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from digest.cli.context import project_of
from digest.cli.edit_words import edit_json
from digest.cli.explain_item import explain_item
from digest.cli.json_output import rejection_json, say_json
from digest.cli.next_issue import next_day
from digest.cli.options import Json, NewsletterId, PastDate, ProjectFolder
from digest.cli.output import say
from digest.cli.times import Tell, project_clock
from digest.compose.keywords import removed_from
from digest.compose.rank import score
from digest.compose.select import in_scope, is_new
from digest.model import Story
from digest.project import Project
from digest.services.explain.describe_subscriber import When, describe_subscriber
from digest.services.explain.explain_delivery import (
    DeliveryExplanation,
    explain_delivery,
    last_reply,
)
from digest.services.explain.facts import (
    ActiveSubscription,
    Attempt,
    DeliveryFacts,
    ReturnedMailFact,
)
from digest.services.explain.read_facts import AddressHistory, read_facts
from digest.services.issues.describe_edit import describe_edit
from digest.services.stories.edit import find_story, look_up
from digest.services.stories.own_words import OwnWords
from digest.services.subscribers.importing.own_format import make_subscription
from digest.store import edits, issues, pictures, rejections, reports, stories
from digest.store.edits import EditRecord
from digest.store.pictures import PictureRow

# What is said of a story, a line each.
_TOLD = ("story", "topic", "topic_reason", "day", "sources", "picture")


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
            history = read_facts(
                connection, project.config, email, now=now, newsletter=newsletter, day=date
            )
    if as_json:
        zone = ZoneInfo(project.config.settings.timezone)
        say_json(_address_json(history, lambda at: at.astimezone(zone).isoformat(" ", "seconds")))
    else:
        _say_address(history, tell, newsletter)


def _as_kept(project: Project, email: str) -> str:
    """The address in the form in which it was kept, whatever form the operator has it in."""
    try:
        return make_subscription(email, "", [], "", project.config.topics).email
    except ValueError:
        return email.strip()  # nobody has it, and the answer says so


def _say_address(history: AddressHistory, when: When, newsletter: str | None) -> None:
    for line in describe_subscriber(history.subscriber, when, newsletter):
        say(line)
    for delivery in history.deliveries:
        explanation = explain_delivery(delivery, when)
        say()
        say(f"{delivery.key}: {explanation.verdict}. {explanation.reason}")
        for attempt in delivery.delivery.attempts if delivery.delivery else ():
            say(f"  {_attempt_line(attempt, when)}")


def _attempt_line(attempt: Attempt, when: When) -> str:
    parts = (
        when(attempt.at),
        f"attempt {attempt.number}",
        attempt.state,
        attempt.server,
        last_reply(attempt) if attempt.reply or attempt.cause else "",
    )
    return "  ".join(part for part in parts if part)


def _address_json(history: AddressHistory, when: When) -> dict[str, Any]:
    subscriber, suppression = history.subscriber, history.subscriber.suppressed
    return {
        "address": subscriber.email,
        "known": subscriber.is_known,
        "suppressed": {"reason": suppression.reason, "since": suppression.since}
        if suppression
        else None,
        "subscriptions": [_subscription_json(entry) for entry in subscriber.subscriptions],
        "unsubscribes": [
            {
                "newsletter": entry.newsletter,
                "at": entry.at,
                "how": entry.how,
                "reason": entry.reason,
            }
            for entry in subscriber.unsubscribes
        ],
        "returns": [_return_json(entry) for entry in subscriber.returned_mail],
        "issues": [
            _delivery_json(delivery, explain_delivery(delivery, when))
            for delivery in history.deliveries
        ],
    }


def _subscription_json(subscription: ActiveSubscription) -> dict[str, Any]:
    return {
        "newsletter": subscription.newsletter,
        "since": subscription.since,
        "topics": subscription.topics,
        "hour": subscription.hour,
        "zone": subscription.zone,
        "paused_until": subscription.paused_until,
        "layout": subscription.layout,
        "days": list(subscription.days),
        "keywords": list(subscription.keywords),
        "at_least": subscription.at_least,
        "longest_wait": subscription.longest_wait,
        "agreed_at": subscription.agreed_at,
        "agreed_how": subscription.agreed_how,
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


def _delivery_json(facts: DeliveryFacts, explanation: DeliveryExplanation) -> dict[str, Any]:
    record = facts.delivery
    return {
        "issue": facts.key,
        "newsletter": facts.newsletter,
        "date": facts.date,
        "issue_state": facts.issue.state if facts.issue else None,
        "delivery": record.state if record else None,
        "cause": record.cause if record else None,
        "verdict": explanation.verdict,
        "reason": explanation.reason,
        "due_at": record.due_at if record else None,
        "since": record.since if record else None,
        "told_with": record.told_with if record else None,
        "next_attempt_at": record.next_attempt_at if record else None,
        "in_doubt_at": record.doubted_at if record else None,
        "attempts": [_attempt_json(attempt) for attempt in record.attempts] if record else [],
        "returns": [_return_json(letter) for letter in facts.returned_mail],
    }


def _explain_story(
    project: Project, what: str, newsletter: str | None, day: date | None, *, as_json: bool
) -> None:
    with project.database.read() as connection:
        rejection = None if what.isdecimal() else rejections.of_file(connection, str(Path(what)))
        values: dict[str, Any] = {"rejected": rejection_json(rejection) if rejection else None}
        # A file that is rejected may never have been a story.
        story = look_up(connection, what) if rejection else find_story(connection, what)
        if story is not None:
            values |= _story(story)
            values["picture"] = _picture(story, pictures.of_stories(connection, [story.id]))
            values["written_for"] = edits.written_for(connection, story.id)
            values["withdrawn_at"] = stories.withdrawn_at(connection, story.id)
            own_words = OwnWords(connection, project.clock())
            values["reports"] = list(_story_reports(connection, story, own_words))
            values["bullets"] = _bullets(connection, story)
            values["bullets_reason"] = story.bullets_reason
            values["machine_written"] = story.machine_written
            values["edits"] = edits.of_story(connection, story.id)
            values["ranks"] = (
                []
                if values["withdrawn_at"]
                else list(_ranks(project, connection, story, newsletter, day))
            )
    if as_json:
        written = values.get("written_for")
        values["written_for"] = written.issue if written else None
        say_json(values | {"edits": [edit_json(edit) for edit in values.get("edits", ())]})
        return
    tell = project_clock(project)
    if rejection is not None:
        say(f"Rejected: {rejection}")
        say(f"  since {tell(rejection.since)}")
    if story is not None:
        _say_story(values, tell)
        if story.dropped is not None and story.dropped > project.latest_today():
            say(f"Held back: until {story.dropped}, the date of its file.")


def _say_story(values: dict[str, Any], tell: Tell) -> None:
    for key in _TOLD:
        say(f"{key.replace('_', ' ').capitalize()}: {values[key]}")
    for entry in values["reports"]:
        say(f"Report {entry['report']}, {entry['source']}: {entry['headline']}")
        if entry["reason"]:
            say(f"  {entry['reason']}")
        for paragraph in entry["left_out"]:
            say(f"  left out, since {entry['source']} repeats it: {paragraph}")
    for entry in values["bullets"]:
        say(f"Bullet{_origin(entry)}: {entry['text']}")
    if values["bullets_reason"]:
        say(f"Bullets: {values['bullets_reason']}")
    for edit in values["edits"]:
        whose = f"{edit.newsletter}-{edit.date}, {edit.made_by}, {tell(edit.made_at)}"
        say(f"Edit {edit.id} for {whose}: {describe_edit(edit)}")
    for entry in values["ranks"]:
        outside = " (sealed)" if entry["sealed"] else ""
        outside += "" if entry["new"] else " (not news on that day)"
        outside += f" ({entry['blocked']})" if entry["blocked"] else ""
        say(f"Rank in {entry['issue']}{outside}: {entry['reason']}")
    if values["withdrawn_at"]:
        say(_why_in_no_issue(values["written_for"], tell(values["withdrawn_at"])))


def _why_in_no_issue(edit: EditRecord | None, dropped_at: str) -> str:
    """Why no issue takes a story by itself; `edit` is that of the editor who wrote it, if any."""
    if edit is None:
        return f"Dropped: {dropped_at}. It goes into no issue; `digest stories restore` undoes it."
    if edit.counts:
        return (
            f"Written by hand for {edit.issue}: it goes into no other issue. Until that is sealed, "
            f"`digest issue undo {edit.id}` takes it out."
        )
    return (
        f"Taken out of {edit.issue}, for which it was written by hand. "
        f"`digest issue redo {edit.id}` puts it back."
    )


def _story(story: Story) -> dict[str, Any]:
    return {
        "story": f"{story.id}, {story.headline}",
        "topic": story.topic,
        "topic_reason": story.topic_reason,
        "day": story.dropped or f"collected {story.collected_at:%Y-%m-%d %H:%M} UTC",
        "sources": story.source_count,
    }


def _picture(story: Story, tried: Mapping[int, PictureRow]) -> str:
    """What the story's picture was made of, or why it has none."""
    if story.picture is not None:
        file = story.picture.wide or story.picture.column
        origin = story.image.url if story.image else tried[story.id].origin
        return f"{file.width} × {file.height} pixels, of {origin}"  # noqa: RUF001
    if story.id in tried and tried[story.id].reason:
        return f"none: {tried[story.id].reason}"
    if story.image is not None:
        return f"not made yet, of {story.image.url}: that is done where an issue would show it"
    return "none"


def _story_reports(
    connection: sa.Connection, story: Story, own_words: OwnWords
) -> Iterator[dict[str, Any]]:
    """The reports that a story is made of, each with why it is there and what is left out of it."""
    for number, (report, reason) in reports.of_story(connection, story.id).items():
        yield {
            "report": number,
            "source": report.source,
            "headline": report.headline,
            "url": report.sources[0].url if report.sources else None,
            "reason": reason or "",
            "left_out": own_words.left_out(report),
        }


def _bullets(connection: sa.Connection, story: Story) -> list[dict[str, Any]]:
    """A story's bullets, each with the report and the sentence in it that it comes from."""
    members = reports.of_story(connection, story.id).items()
    numbers = {(report.source, report.key): number for number, (report, _) in members}
    origins = story.origins or (None,) * len(story.bullets)
    return [
        {
            "text": bullet,
            "report": numbers.get((origin.source, origin.key)) if origin else None,
            "sentence": origin.sentence if origin else None,
            "source_number": origin.number if origin else None,
        }
        for bullet, origin in zip(story.bullets, origins, strict=True)
    ]


def _origin(bullet: dict[str, Any]) -> str:
    if bullet["report"] is None:
        return ""
    place = f"sentence {bullet['sentence']}" if bullet["sentence"] else "the headline"
    return f", {place} of report {bullet['report']}"


def _ranks(
    project: Project,
    connection: sa.Connection,
    story: Story,
    newsletter: str | None,
    day: date | None,
) -> Iterator[dict[str, Any]]:
    """What puts a story where it is in the issue of a day, of each newsletter.

    Without a day in the sealed issue that told it, or else in the next one to be made.
    """
    tree, told_on = project.config.topics, stories.told_on(connection, story.id)
    for entry in project.config.newsletters(newsletter):
        if in_scope(story, entry, tree):
            sealed_day = told_on.get(entry.id)
            issue_day = day or sealed_day or next_day(project, connection, entry)
            points = score(story, entry, tree, issue_day)
            removal = removed_from(entry, [story], tree).get(story.id)
            yield {
                "issue": f"{entry.id}-{issue_day}",
                "sealed": issue_day == sealed_day,
                "new": is_new(story, entry, issue_day),
                "blocked": str(removal) if removal else None,
                "score": points.total,
                "pinned": points.pinned,
                "parts": [
                    {"name": part.name, "value": part.value, "sentence": part.sentence}
                    for part in points.parts
                ],
                "reason": str(points),
            }
