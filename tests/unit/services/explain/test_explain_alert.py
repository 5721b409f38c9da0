"""Every reason for which a person did or did not get an alert has its sentence."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.compose.alerts import NotAlerted
from digest.model import DeliveryCause, DeliveryState
from digest.services.explain.explain_alert import explain_alert
from digest.services.explain.facts import ActiveSubscription, AlertFacts, DeliveryRecord
from tests.builders import NOON

ADA = ActiveSubscription(
    "daily",
    NOON - timedelta(days=2),
    zone="Pacific/Auckland",
    paused_until=date(2026, 12, 1),
    alerts=True,
)
FACTS = AlertFacts("daily", 1, "A comet breaks up", NOON, (8, 22), ADA)


def told(facts):
    explanation = explain_alert(facts, lambda at: f"{at:%d}-{at:%H}")
    return explanation.verdict, explanation.reason


@pytest.mark.parametrize(
    ("why_not", "reason"),
    [
        (NotAlerted.OFF_TOPIC, "It is not on their topics."),
        (NotAlerted.PAUSED, "They paused until 2026-12-01."),
        (NotAlerted.HAD_ONE, "They had an alert on that date already: nobody gets two."),
        (
            NotAlerted.OUTSIDE_HOURS,
            "It was 01:00 in Pacific/Auckland: alerts come from 08:00 to 22:00 of their clock.",
        ),
        (NotAlerted.KEYWORDS, "Their keywords leave it out."),
        (
            None,
            "By what they chose as it is now they would have got it: they chose so later.",
        ),
    ],
)
def test_why_there_was_none(why_not, reason):
    assert told(replace(FACTS, why_not=why_not)) == ("not sent", reason)


def test_whoever_came_later_or_left_is_told_that_first():
    late = replace(ADA, since=NOON + timedelta(hours=1))
    facts = replace(FACTS, why_not=NotAlerted.HAD_ONE, subscription=late)
    assert told(facts) == ("not sent", "They subscribed at 21-13, after it was told.")
    gone = replace(FACTS, subscription=None)
    assert told(gone) == ("not sent", "The address does not get daily now.")


@pytest.mark.parametrize(
    ("mail", "verdict", "reason"),
    [
        (
            DeliveryRecord(
                DeliveryState.SENT, finished_at=NOON, server="smtp mail.example.org", reply="250 ok"
            ),
            "sent",
            "smtp mail.example.org took it at 21-12: 250 ok.",
        ),
        (DeliveryRecord(DeliveryState.PENDING), "waiting", "It waits to be sent."),
        (DeliveryRecord(DeliveryState.SENDING), "waiting", "It waits to be sent."),
        (
            DeliveryRecord(DeliveryState.DEFERRED, reply="451 later"),
            "waiting",
            "The server put it off: 451 later.",
        ),
        (
            DeliveryRecord(DeliveryState.FAILED, reply="550 no"),
            "not sent",
            "The server refused it: 550 no.",
        ),
        (
            DeliveryRecord(DeliveryState.FAILED, reply="451 later", cause=DeliveryCause.GAVE_UP),
            "not sent",
            "It could not be sent while it was news and they were awake: 451 later.",
        ),
        (
            DeliveryRecord(DeliveryState.FAILED, cause=DeliveryCause.ADOPTED),
            "in doubt",
            "This database is a copy: the original may have sent it.",
        ),
        (
            DeliveryRecord(DeliveryState.IN_DOUBT, cause=DeliveryCause.WORKER_DIED),
            "in doubt",
            "It may have arrived: the sender died before the server's answer was recorded.",
        ),
        (
            DeliveryRecord(DeliveryState.SUPPRESSED, cause=DeliveryCause.UNSUBSCRIBED),
            "not sent",
            "Before it went out they stopped alerts, or left.",
        ),
        (
            DeliveryRecord(DeliveryState.SUPPRESSED, cause=DeliveryCause.BOUNCED),
            "not sent",
            "Before it went out mail to it came back.",
        ),
    ],
)
def test_what_became_of_its_mail(mail, verdict, reason):
    assert told(replace(FACTS, mail=mail)) == (verdict, reason)
