"""Say why: why an address did or did not get an issue; a story's topic, and its place."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from digest.cli.context import project_of
from digest.cli.explain_item import explain_item
from digest.cli.explain_story import explain_story
from digest.cli.json_output import say_json
from digest.cli.local_times import project_clock
from digest.cli.options import Json, NewsletterId, PastDate, ProjectFolder
from digest.cli.output import say
from digest.project import Project
from digest.services.explain.describe_subscriber import When, describe_subscriber
from digest.services.explain.explain_alert import explain_alert
from digest.services.explain.explain_delivery import (
    DeliveryExplanation,
    explain_delivery,
    last_reply,
)
from digest.services.explain.facts import (
    ActiveSubscription,
    AlertFacts,
    Attempt,
    DeliveryFacts,
    ReturnedMailFact,
)
from digest.services.explain.read_facts import AddressHistory, read_facts
from digest.services.subscribers.importing.own_format import make_subscription
from digest.store import issues


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
            explain_story(project, what, newsletter, date, as_json=as_json)
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
    for alert in history.alerts:
        explanation = explain_alert(alert, when)
        say()
        say(
            f"{alert.newsletter}, alert at {when(alert.told_at)}: {explanation.verdict}. "
            f"“{alert.headline}”. {explanation.reason}"
        )


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
        "alerts": [_alert_json(alert, explain_alert(alert, when)) for alert in history.alerts],
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
        "likes": dict(subscription.likes),
        "at_least": subscription.at_least,
        "longest_wait": subscription.longest_wait,
        "alerts": subscription.alerts,
        "newsletter_has_alerts": subscription.newsletter_has_alerts,
        "agreed_at": subscription.agreed_at,
        "agreed_how": subscription.agreed_how,
    }


def _alert_json(alert: AlertFacts, explanation: DeliveryExplanation) -> dict[str, Any]:
    return {
        "newsletter": alert.newsletter,
        "story": alert.story,
        "headline": alert.headline,
        "at": alert.told_at,
        "verdict": explanation.verdict,
        "reason": explanation.reason,
        "cause": alert.why_not,
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
