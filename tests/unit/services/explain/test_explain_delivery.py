"""Every reason for which a person did or did not get an issue has its sentence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import DeliveryCause, DeliveryState, IssueCause, IssueState, SuppressionReason
from digest.services.explain.describe_subscriber import describe_subscriber
from digest.services.explain.explain_delivery import ReachedServer, explain_delivery
from digest.services.explain.facts import (
    ActiveSubscription,
    AddressFacts,
    DeliveryFacts,
    DeliveryRecord,
    IssueStatus,
    ReturnedMailFact,
    SuppressionFact,
    UnsubscribedFrom,
)
from tests.builders import DAY, NOON

EARLIER, LATER = NOON - timedelta(days=2), NOON + timedelta(hours=2)
EVENING, AFTER = NOON + timedelta(hours=12), NOON + timedelta(hours=13)
SENT, NOT_SENT, WAITING = ReachedServer.SENT, ReachedServer.NOT_SENT, ReachedServer.WAITING

ADA = AddressFacts(
    "ada@example.org", is_known=True, subscriptions=(ActiveSubscription("daily", EARLIER),)
)
SEALED = IssueStatus(IssueState.SENT, sealed_at=NOON, life_ends=NOON + timedelta(hours=24))
CASE = DeliveryFacts(ADA, "daily", DAY, now=LATER, due_at=NOON, over_at=EVENING, issue=SEALED)
AGAIN = "`digest send --only-missing --newsletter daily --date 2026-11-21` sends it."


def when(at):
    return f"{at:%d}-{at:%H}"


def left(subscriber, reason, since=LATER):
    return replace(
        subscriber, subscriptions=(), suppressed=SuppressionFact(SuppressionReason(reason), since)
    )


def told(case):
    found = explain_delivery(case, when)
    return found.verdict, found.reason


def delivery(state, **more):
    return replace(CASE, delivery=DeliveryRecord(DeliveryState(state), **more))


@pytest.mark.parametrize(
    ("case", "verdict", "reason"),
    [
        (
            delivery("sent", finished_at=NOON, server="smtp mail.example.org", reply="250 ok."),
            SENT,
            "smtp mail.example.org took it at 21-12: 250 ok.",
        ),
        (
            delivery("sent", finished_at=NOON, doubted_at=NOON, reply="250 ok"),
            SENT,
            (
                "The server took it at 21-12: 250 ok. "
                "It had been in doubt before, so it may have come twice."
            ),
        ),
        (
            delivery("pending", due_at=NOON),
            WAITING,
            ("It is due since 21-12; no attempt was made yet. Nobody sends it now."),
        ),
        (
            delivery("sending", claimed_at=NOON),
            WAITING,
            "It was taken in hand at 21-12; no answer is written yet.",
        ),
        (
            delivery("deferred", server="smtp a", reply="451 later", next_attempt_at=AFTER),
            WAITING,
            "smtp a put it off: 451 later. The next attempt is due at 22-01.",
        ),
        (
            delivery("deferred", reply="451 later"),
            WAITING,
            "The server put it off: 451 later. The next run tries again.",
        ),
        (
            delivery("failed", finished_at=NOON, server="smtp a", reply="550 no"),
            NOT_SENT,
            f"smtp a refused it at 21-12: 550 no. {AGAIN}",
        ),
        (
            delivery(
                "failed",
                cause=DeliveryCause.GAVE_UP,
                due_at=NOON,
                finished_at=LATER,
                reply="451 later",
            ),
            NOT_SENT,
            (f"The sender gave up at 21-14, after 24 hours: the last reply was 451 later. {AGAIN}"),
        ),
        (
            delivery("failed", cause=DeliveryCause.UNTOLD, finished_at=NOON),
            NOT_SENT,
            f"The sender gave up at 21-12, after 7 days: it was never attempted. {AGAIN}",
        ),
        (
            delivery("suppressed", cause=DeliveryCause.BOUNCED, finished_at=NOON),
            NOT_SENT,
            "Before its turn came, at 21-12, mail to it came back.",
        ),
        (
            delivery("suppressed", cause=DeliveryCause.ERASED, finished_at=NOON),
            NOT_SENT,
            "Before its turn came, at 21-12, the address was erased.",
        ),
        (
            delivery("skipped"),
            NOT_SENT,
            "There was nothing to send: no story today on the chosen topics.",
        ),
    ],
)
def test_a_delivery_is_told_with_its_time_its_server_and_its_reply(case, verdict, reason):
    assert told(case) == (verdict, reason)


@pytest.mark.parametrize("state", ["pending", "deferred"])
def test_what_waits_for_one_who_left_will_not_be_sent(state):
    case = replace(delivery(state, reply="451 later"), subscriber=left(ADA, "unsubscribed"))
    verdict, reason = told(case)
    assert verdict is NOT_SENT
    assert reason.endswith("It will not be sent: they unsubscribed, at 21-14.")
    case = replace(
        case, subscriber=replace(ADA, subscriptions=(ActiveSubscription("weekly", NOON),))
    )
    assert told(case)[1].endswith("It will not be sent: the address does not get daily any more.")


def test_what_waits_when_the_life_of_its_issue_is_over_is_given_up():
    case = replace(delivery("deferred", reply="451 later"), now=NOON + timedelta(days=2))
    verdict, reason = told(case)
    assert verdict is NOT_SENT
    assert reason.endswith(f"Its life ended at 22-12: the next run gives up. {AGAIN}")


def test_what_was_never_attempted_when_its_life_is_over_is_told_with_the_next_mail():
    case = replace(delivery("pending", due_at=NOON), now=NOON + timedelta(days=2))
    verdict, reason = told(case)
    assert verdict is WAITING
    assert reason.endswith("Its life ended at 22-12: the next mail tells it too.")


def test_what_is_due_is_told_with_what_keeps_it():
    down = replace(SEALED, state=IssueState.SENDING, reason="mail.example.org cannot be used")
    due = replace(delivery("pending", due_at=NOON), issue=down)
    again = delivery("deferred", reply="451 later", next_attempt_at=NOON)
    why = "the last run stopped (mail.example.org cannot be used)."
    assert told(due)[1].endswith(f"Nobody sends it now: {why}")
    assert told(replace(again, issue=down))[1].endswith(
        f"The next attempt is due since 21-12. Nobody sends it now: {why}"
    )
    now = replace(due, issue=replace(down, is_sent_now=True))
    assert told(now)[1].endswith("It waits for its turn: the issue is being sent.")


@pytest.mark.parametrize("state", ["pending", "deferred"])
def test_what_waits_of_a_newsletter_that_is_gone_is_sent_by_nobody(state):
    case = replace(delivery(state, due_at=NOON, reply="451 later"), is_known=False)
    verdict, reason = told(case)
    assert verdict is NOT_SENT
    gone = "config/digest.toml has no newsletter 'daily' any more"
    assert reason.endswith(f"{gone}: nobody sends it, and at 22-12 it is given up.")
    assert "Nobody sends it now" not in reason
    _, reason = told(replace(delivery("failed", cause=DeliveryCause.GAVE_UP), is_known=False))
    assert reason.endswith(f"{gone}.")
    assert "--only-missing" not in reason
    verdict, reason = told(replace(CASE, is_known=False, issue=None, due_at=None, over_at=None))
    assert reason == f"{gone}, and there is no issue of it on this date."


@pytest.mark.parametrize("issue", [None, IssueStatus(IssueState.SKIPPED, "nothing new")])
def test_who_came_after_the_day_is_told_that_first(issue):
    late = replace(ADA, subscriptions=(ActiveSubscription("daily", EVENING),))
    case = replace(CASE, subscriber=late, issue=issue, now=AFTER)
    assert told(case) == (NOT_SENT, "They subscribed at 22-00, after that day.")


def test_of_a_newsletter_alone_nothing_is_told_of_the_others():
    subscriber = replace(
        ADA,
        subscriptions=(*ADA.subscriptions, ActiveSubscription("weekly", NOON)),
        unsubscribes=(UnsubscribedFrom("monthly", NOON, "page"),),
    )
    assert describe_subscriber(subscriber, when, "daily") == [
        "ada@example.org gets daily since 19-12: all topics."
    ]
    assert describe_subscriber(subscriber, when, "monthly")[0] == (
        "ada@example.org is known, but gets monthly no more, or never did."
    )
    assert len(describe_subscriber(subscriber, when)) == 3


def test_what_failed_for_one_who_left_since_is_not_promised_again():
    _, reason = told(replace(delivery("failed", reply="550 no"), subscriber=left(ADA, "bounced")))
    assert "--only-missing" not in reason
    assert reason.endswith("The address gets nothing more: mail to it came back, at 21-14.")


def test_doubt_is_told_with_what_becomes_of_it():
    doubt = delivery("in doubt", doubted_at=NOON, reply="connection lost")
    sending = replace(doubt, issue=replace(SEALED, state=IssueState.SENDING))
    begin = "It may have arrived at 21-12: connection lost."
    doubted = ReachedServer.IN_DOUBT
    assert told(sending) == (doubted, f"{begin} It is sent again by the next run.")
    assert told(doubt) == (doubted, f"{begin} The issue is closed. {AGAIN}")
    skip = replace(sending, resends_doubt=False)
    assert told(skip) == (doubted, f"{begin} It is left alone, as delivery.in_doubt says.")


def test_what_came_back_after_it_was_taken_was_not_received():
    back = ReturnedMailFact(LATER, "hard", "550 5.1.1 no such user")
    taken = replace(delivery("sent", finished_at=NOON, reply="250 ok"), returned_mail=(back,))
    verdict, reason = told(taken)
    assert verdict is ReachedServer.CAME_BACK
    assert reason.endswith("It came back at 21-14: 550 5.1.1 no such user.")
    complaint = replace(taken, returned_mail=(replace(back, kind="complaint", reason="abuse"),))
    assert told(complaint)[0] is SENT
    assert told(complaint)[1].endswith("Its subscriber complained of spam at 21-14: abuse.")


def test_what_came_back_before_it_was_sent_again_is_no_news():
    back = ReturnedMailFact(EARLIER, "hard", "550 5.1.1 no such user")
    taken = replace(delivery("sent", finished_at=NOON, reply="250 ok"), returned_mail=(back,))
    assert told(taken) == (SENT, "The server took it at 21-12: 250 ok.")


def test_what_came_back_of_nobody_knows_what_is_told_with_the_address():
    _, line = describe_subscriber(
        replace(ADA, returned_mail=(ReturnedMailFact(LATER, "soft", "mailbox full"),)), when
    )
    assert line == "It came back for a time at 21-14: mailbox full."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"issue": None, "due_at": None},
            "daily has no issue on a Saturday.",
        ),
        (
            {"issue": None, "due_at": LATER + timedelta(hours=4), "stopped": "held: a fact"},
            "The issue is held: a fact. Nothing goes out until it is released.",
        ),
        (
            {"issue": None},
            "The issue is due since 21-12: the next run makes it.",
        ),
        (
            {"issue": None, "now": AFTER},
            ("No issue was made on this date: nothing ran while it was due, from 21-12 to 22-00."),
        ),
        (
            {"issue": IssueStatus(IssueState.DRAFT)},
            "The issue is a draft: it was never sealed, so nobody got it.",
        ),
        (
            {"issue": IssueStatus(IssueState.HELD, "a link is broken")},
            (
                "The issue is held, and nobody got it: a link is broken. "
                "Each run until 22-00 tries it again."
            ),
        ),
        (
            {"issue": IssueStatus(IssueState.HELD, "a link is broken"), "now": AFTER},
            (
                "The issue is held, and nobody got it: a link is broken. "
                "Its day was over at 22-00. Its stories were free for the next one."
            ),
        ),
        (
            {
                "issue": IssueStatus(
                    IssueState.SKIPPED, "a link is broken", cause=IssueCause.DAY_OVER
                )
            },
            (
                "There was no issue: held until its day was over: a link is broken. "
                "Its stories were free for the next one."
            ),
        ),
        (
            {"issue": IssueStatus(IssueState.SKIPPED, "nothing new")},
            "There was no issue: nothing new.",
        ),
        (
            {"subscriber": AddressFacts("x@example.org", is_known=False)},
            "The address never subscribed, as far as the records go.",
        ),
        (
            {"subscriber": left(AddressFacts("x@example.org", is_known=False), "erased")},
            (
                "The address gets nothing more: the address was erased, at 21-14. "
                "What it got before that is not kept under its address."
            ),
        ),
        (
            {"subscriber": left(ADA, "unsubscribed", EARLIER)},
            "The address gets nothing more: they unsubscribed, at 19-12.",
        ),
        (
            {"subscriber": left(ADA, "complained")},
            "The address gets nothing more: its subscriber complained of spam, at 21-14.",
        ),
        (
            {"subscriber": replace(ADA, subscriptions=(ActiveSubscription("weekly", EARLIER),))},
            (
                "The address did not get daily when the issue was sealed, at 21-12, "
                "and does not get it now."
            ),
        ),
        (
            {"subscriber": replace(ADA, subscriptions=(ActiveSubscription("daily", LATER),))},
            "They subscribed at 21-14, after the issue was sealed at 21-12. " + AGAIN,
        ),
        ({}, f"They subscribed at 19-12, but no delivery was laid out. {AGAIN}"),
    ],
)
def test_where_there_is_no_delivery_the_reason_is_told(changes, reason):
    assert told(replace(CASE, **changes)) == (NOT_SENT, reason)


@pytest.mark.parametrize(
    ("issue", "kind"), [(None, "not made yet"), (IssueStatus(IssueState.DRAFT), "a draft still")]
)
def test_an_issue_to_come_is_waited_for(issue, kind):
    to_come = replace(CASE, issue=issue, due_at=LATER + timedelta(hours=4))
    assert told(to_come) == (WAITING, f"The issue is {kind}: it is due at 21-18.")
    assert told(replace(to_come, stopped="held: a fact"))[0] == NOT_SENT


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_of_a_delivery_has_its_sentence(state):
    _, reason = told(delivery(state))
    assert reason.endswith(".")
    assert "None" not in reason


def test_how_somebody_agreed_and_how_somebody_left():
    agreed = replace(
        ADA.subscriptions[0], agreed_at=NOON, agreed_how="web", hour=7, zone="Asia/Tokyo"
    )
    gone = UnsubscribedFrom("weekly", LATER, "one-click", "too often")
    assert describe_subscriber(
        replace(ADA, subscriptions=(agreed,), unsubscribes=(gone,)), when
    ) == [
        (
            "ada@example.org gets daily since 19-12: all topics, at 07:00 in Asia/Tokyo; "
            "agreed to on the site, at 21-12."
        ),
        (
            "ada@example.org left weekly by one click in the mail client, at 21-14 "
            '("too often"); no import brings them back.'
        ),
    ]


def test_who_an_address_is():
    (line,) = describe_subscriber(
        replace(ADA, subscriptions=(ActiveSubscription("daily", NOON, ("space",)),)), when
    )
    assert line == "ada@example.org gets daily since 21-12: the topics space."
    assert describe_subscriber(ADA, when) == ["ada@example.org gets daily since 19-12: all topics."]
    (line,) = describe_subscriber(replace(ADA, subscriptions=()), when)
    assert line == "ada@example.org is known, but gets no newsletter now."
    (line,) = describe_subscriber(AddressFacts("x@example.org", is_known=False), when)
    assert line == "x@example.org never subscribed, as far as the records go."
    (line,) = describe_subscriber(
        left(AddressFacts("x@example.org", is_known=False), "erased"), when
    )
    assert line == "x@example.org gets nothing more: the address was erased, at 21-14."
