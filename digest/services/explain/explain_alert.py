"""Why an address did or did not get an alert: the answer in words, from values alone."""

from zoneinfo import ZoneInfo

from digest.compose.alerts import NotAlerted
from digest.model import DeliveryCause, DeliveryState, SuppressionReason
from digest.services.explain.describe_subscriber import When, describe_reason
from digest.services.explain.explain_delivery import (
    DeliveryExplanation,
    ReachedServer,
    last_reply,
)
from digest.services.explain.facts import ActiveSubscription, AlertFacts, DeliveryRecord


def explain_alert(facts: AlertFacts, when: When) -> DeliveryExplanation:
    """What became of the mail about a story between issues, or why there was none."""
    if facts.mail is not None:
        return _explain_mail(facts.mail, when)
    subscription = facts.subscription
    if subscription is None:
        reason = f"The address does not get {facts.newsletter} now."
    elif subscription.since > facts.told_at:
        reason = f"They subscribed at {when(subscription.since)}, after it was told."
    else:
        reason = _describe_why_not(facts, subscription)
    return DeliveryExplanation(ReachedServer.NOT_SENT, reason)


def _explain_mail(mail: DeliveryRecord, when: When) -> DeliveryExplanation:
    server, reply = mail.server or "The server", last_reply(mail)
    verdict = _VERDICTS.get(mail.state, ReachedServer.WAITING)
    match mail.state, mail.cause:
        case DeliveryState.SENT, _:
            at = f" at {when(mail.finished_at)}" if mail.finished_at else ""
            reason = f"{server} took it{at}: {reply}."
            if mail.doubted_at is not None:
                reason += " It had been in doubt before, so it may have come twice."
        case DeliveryState.SUPPRESSED, _:
            reason = _describe_stop(mail)
        case DeliveryState.FAILED, DeliveryCause.GAVE_UP:
            reason = f"It could not be sent while it was news and they were awake: {reply}."
        case DeliveryState.FAILED, DeliveryCause.ADOPTED:
            verdict = ReachedServer.IN_DOUBT
            reason = "This database is a copy: the original may have sent it."
        case DeliveryState.FAILED, _:
            reason = f"{server} refused it: {reply}."
        case DeliveryState.IN_DOUBT, _:
            reason = f"It may have arrived: {reply}."
        case DeliveryState.DEFERRED, _:
            reason = f"{server} put it off: {reply}."
        case _:
            reason = "It waits to be sent."
    return DeliveryExplanation(verdict, reason)


_VERDICTS = {
    DeliveryState.SENT: ReachedServer.SENT,
    DeliveryState.SUPPRESSED: ReachedServer.NOT_SENT,
    DeliveryState.FAILED: ReachedServer.NOT_SENT,
    DeliveryState.IN_DOUBT: ReachedServer.IN_DOUBT,
}


def _describe_stop(mail: DeliveryRecord) -> str:
    if mail.cause in (None, DeliveryCause.UNSUBSCRIBED):
        return "Before it went out they stopped alerts, or left."
    return f"Before it went out {describe_reason(SuppressionReason(mail.cause))}."


def _describe_why_not(facts: AlertFacts, subscription: ActiveSubscription) -> str:
    match facts.why_not:
        case NotAlerted.OFF_TOPIC:
            return "It is not on their topics."
        case NotAlerted.PAUSED:
            return f"They paused until {subscription.paused_until}."
        case NotAlerted.HAD_ONE:
            return "They had an alert on that date already: nobody gets two."
        case NotAlerted.OUTSIDE_HOURS:
            first, end = facts.hours
            local = facts.told_at.astimezone(ZoneInfo(subscription.zone))
            clock = f"It was {local:%H:%M} in {subscription.zone}"
            return f"{clock}: alerts come from {first:02}:00 to {end:02}:00 of their clock."
        case NotAlerted.KEYWORDS:
            return "Their keywords leave it out."
        case None:
            return "By what they chose as it is now they would have got it: they chose so later."
