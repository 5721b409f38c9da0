"""From the form to the subscription: nobody learns who is known, and nobody is flooded."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from digest.model import SuppressionReason
from digest.networks import networks_of
from digest.services.retention import forget
from digest.services.subscribers import unsubscribe
from digest.services.subscribers.signup import SignupOutcome, SignupStage, consent_words
from digest.services.subscribers.signup_limits import DOMAIN_MAILS, MAILS_A_DAY
from digest.store import consents, issues, notices, subscribers, suppressions, unsubscribes
from digest.store.schema import consents as consent_table
from digest.store.schema import notices as notice_table
from digest.store.schema import rate_usage, signups
from digest.store.unsubscribes import UnsubscribeMethod
from tests.builders import NOON
from tests.contract.givens import at_once, delivery_rows, laid_out, subscribe
from tests.sampling import examples
from tests.signing_up import NETWORK, Counter, make_config

ANN = "ann@example.org"


@pytest.fixture
def counter(database, tmp_path) -> Counter:
    return Counter(make_config(tmp_path), database)


def kinds(counter: Counter) -> list[str]:
    """The notices that were queued so far."""
    with counter.database.read() as connection:
        query = sa.select(notice_table.c.kind).order_by(notice_table.c.id)
        return list(connection.scalars(query))


def table(counter: Counter, which: sa.Table) -> list[Any]:
    with counter.database.read() as connection:
        return list(connection.execute(sa.select(which)))


def subscriptions_of(counter: Counter, email: str = ANN) -> dict[str, Any]:
    with counter.database.read() as connection:
        return {r["newsletter"]: r for r in subscribers.subscriptions_of(connection, email)}


def become(counter: Counter, kind: str, email: str = ANN) -> None:
    """Make an address what `kind` says that it is to us."""
    with counter.database.write() as connection:
        if kind in ("unsubscribed", "complained", "bounced", "subscribed"):
            (number,) = subscribe(connection, email)
        if kind == "unsubscribed":
            unsubscribe.leave(connection, number, None, UnsubscribeMethod.PAGE, NOON)
        elif kind in ("complained", "bounced", "erased"):
            suppressions.suppress(connection, email, SuppressionReason(kind), NOON)
    if kind == "pending":
        counter.ask(email)
        counter.clock.turn(hours=1)


KINDS = {
    "unknown": "confirm",
    "pending": "confirm",
    "subscribed": "known",
    "unsubscribed": "confirm",
    "erased": "confirm",
    "bounced": "confirm",
    "complained": "confirm",  # stopped when it is claimed
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_an_address_is_to_us_the_same_is_written(counter, kind):
    become(counter, kind)
    statements: list[str] = []
    sa.event.listen(
        counter.database.engine, "before_cursor_execute", lambda *a: statements.append(str(a[2]))
    )
    done = []
    for email in (ANN, "nobody@example.org"):
        statements.clear()
        assert counter.ask(email).asked is SignupOutcome.TAKEN
        done.append([one for one in statements if "rate_usage" not in one])
    assert done[0] == done[1]
    assert sum(one.startswith(("INSERT", "UPDATE")) for one in done[0]) == 3
    assert kinds(counter)[-2:] == [KINDS[kind], "confirm"]


def test_a_complaint_stops_the_mail_at_the_claim(counter):
    become(counter, "complained")
    counter.ask()
    with counter.database.write() as connection:
        claimed = notices.claim(connection, worker="me", now=NOON, limit=9, resend_in_doubt=True)
    assert claimed == []
    assert [row.state for row in table(counter, notice_table)] == ["suppressed"]


def test_confirming_makes_the_subscription_as_it_was_asked_for_and_keeps_the_consent(counter):
    counter.ask(ANN, name="Ann", topics=("space",), timezone="Europe/Berlin", hour="7")
    counter.clock.turn(minutes=3)
    assert subscriptions_of(counter) == {}
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.stage is SignupStage.IN
    got = subscriptions_of(counter)["daily"]
    assert (got["topics"], got["timezone"], got["hour"]) == (["space"], "Europe/Berlin", 7)
    with counter.database.read() as connection:
        (kept,) = consents.of_subscriber(connection, seen.subscriber_id)
    assert (kept.how, kept.network) == ("web", NETWORK)
    assert kept.words == consent_words(counter.newsletter())
    assert (kept.asked_at, kept.given_at) == (NOON, NOON + timedelta(minutes=3))
    assert kinds(counter) == ["confirm", "welcome"]
    assert seen.first is not None
    assert seen.first.isoformat() == "2026-11-22T06:00:00+00:00"  # 7:00 in Berlin


def test_pressed_twice_or_at_once_it_happens_once(counter, open_database):
    counter.ask()
    others = [Counter(counter.config, open_database()) for _ in range(3)]
    seen = at_once([lambda one=one: one.signups.confirm(one.token(1)) for one in others])  # type: ignore[misc]
    assert [one.stage for one in seen if one] == [SignupStage.IN] * 3
    again = counter.signups.confirm(counter.token(1))
    assert again is not None
    assert again.stage is SignupStage.IN
    assert len(table(counter, consent_table)) == 1
    assert kinds(counter) == ["confirm", "welcome"]


def test_who_is_in_keeps_what_they_chose_since(counter):
    counter.ask(ANN, topics=("space",))
    counter.signups.confirm(counter.token(1))
    counter.clock.turn(hours=1)
    counter.ask(ANN, topics=("medicine",))
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.subscription is not None
    assert seen.subscription.topics == ("space",)
    assert subscriptions_of(counter)["daily"]["topics"] == ["space"]
    assert kinds(counter) == ["confirm", "welcome", "known"]


@pytest.mark.parametrize("reason", ["unsubscribed", "erased", "bounced"])
def test_confirming_lifts_what_stood_against_mail(counter, reason):
    become(counter, reason)
    counter.ask()
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.stage is SignupStage.IN
    with counter.database.read() as connection:
        assert suppressions.reason_for(connection, ANN) is None
        assert unsubscribes.of_subscriber(connection, seen.subscriber_id) == []
    assert set(subscriptions_of(counter)) == {"daily"}


def test_a_complaint_is_lifted_by_nobody(counter):
    counter.ask()
    become(counter, "complained", ANN)
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.stage is SignupStage.OVER
    with counter.database.read() as connection:
        assert suppressions.reason_for(connection, ANN) == "complained"


def test_a_link_works_for_some_days_and_then_no_more(counter):
    counter.ask()
    counter.clock.turn(days=7, seconds=-1)
    assert stage(counter) is SignupStage.WAITING
    counter.clock.turn(seconds=1)
    assert stage(counter) is SignupStage.OVER
    pressed = counter.signups.confirm(counter.token(1))
    assert pressed is not None
    assert pressed.stage is SignupStage.OVER
    assert subscriptions_of(counter) == {}


def stage(counter: Counter, number: int = 1) -> SignupStage | None:
    seen = counter.signups.find(counter.token(number))
    return seen.stage if seen else None


def test_a_link_that_we_did_not_sign_leads_nowhere(counter):
    counter.ask()
    wrong = [
        "", "1", "1.AAAA", "2" + counter.token(1)[1:], counter.links.preferences("daily", 1),
        counter.links.confirm_address(1).rpartition("/")[2], "\x00", "ü.ü", "9" * 5000,
    ]  # fmt: skip
    assert [counter.signups.find(token) for token in wrong] == [None] * len(wrong)
    assert [counter.signups.confirm(token) for token in wrong] == [None] * len(wrong)


def test_to_look_changes_nothing(counter):
    counter.ask()
    before = table(counter, signups)
    for _ in range(3):
        assert stage(counter) is SignupStage.WAITING
    assert table(counter, signups) == before
    assert kinds(counter) == ["confirm"]


# the latest issue


def test_who_wants_the_latest_issue_gets_it_now_though_it_was_finished(counter):
    issue_id, _ = laid_out(counter.database, "bob@example.org")
    with counter.database.write() as connection:
        issues.finish(connection, issue_id, NOON)
    counter.ask(ANN, hour="18")
    counter.clock.turn(hours=2)
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.at_once
    row = delivery_rows(counter.database, issue_id)[seen.subscriber_id]
    assert (row["state"], row["due_at"]) == ("pending", counter.clock())
    with counter.database.read() as connection:
        assert [one.id for one in issues.unfinished(connection)] == [issue_id]


def test_two_mails_never_come_on_one_date(counter):
    laid_out(counter.database, "bob@example.org")
    counter.clock.turn(hours=12, minutes=30)  # 0:30, and the next issue is made at 6:00
    counter.ask(ANN)
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert seen.first is not None
    assert (seen.at_once, seen.first.isoformat()) == (True, "2026-11-23T06:00:00+00:00")


@pytest.mark.parametrize(("wants", "later"), [(False, 0), (True, 25)])
def test_who_does_not_want_it_or_comes_a_day_later_waits_for_the_next(counter, wants, later):
    issue_id, _ = laid_out(counter.database, "bob@example.org")
    counter.clock.turn(hours=later)
    counter.ask(ANN, wants_issue=wants)
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert not seen.at_once
    assert seen.subscriber_id not in delivery_rows(counter.database, issue_id)


def test_who_had_the_latest_issue_before_does_not_get_it_again(counter):
    issue_id, (number,) = laid_out(counter.database, ANN)
    with counter.database.write() as connection:
        unsubscribe.leave(connection, number, None, UnsubscribeMethod.PAGE, NOON)
    before = delivery_rows(counter.database, issue_id)
    counter.ask(ANN)
    seen = counter.signups.confirm(counter.token(1))
    assert seen is not None
    assert (seen.stage, seen.at_once, seen.subscriber_id) == (SignupStage.IN, False, number)
    assert delivery_rows(counter.database, issue_id) == before


# limits


def test_however_many_forms_for_one_address_are_one_mail(database, tmp_path):
    counter = Counter(make_config(tmp_path, signups_per_hour=2000), database)
    for number in range(examples(1000)):
        asked = counter.ask(ANN, network=f"10.{number // 250}.{number % 250}.0/24")
        assert asked.asked is SignupOutcome.TAKEN
    assert kinds(counter) == ["confirm"]


def test_whoever_goes_on_asking_is_mailed_at_most_so_often_a_day(counter):
    for _ in range(24):
        counter.ask()
        counter.clock.turn(hours=1)
    assert kinds(counter) == ["confirm"] * MAILS_A_DAY
    counter.clock.turn(hours=3)
    counter.ask()
    assert len(kinds(counter)) == MAILS_A_DAY + 1


def test_thirty_subaddresses_from_thirty_networks_are_what_one_mailbox_may_get(database, tmp_path):
    counter = Counter(make_config(tmp_path), database)
    for number in range(30):
        email = f"vic.tim+{number}@gmail.com" if number % 2 else f"v.ictim+{number}@googlemail.com"
        asked = counter.ask(email, network=f"198.51.{number}.0/24")
        assert asked.asked is SignupOutcome.TAKEN  # it does not tell whose mailbox it is
    assert len(kinds(counter)) == MAILS_A_DAY


@pytest.mark.parametrize(
    ("host", "taken"), [("victim.example.org", DOMAIN_MAILS.per_hour), ("gmail.com", 40)]
)
def test_a_domain_that_may_be_one_persons_has_its_limit_and_a_public_one_has_none(
    database, tmp_path, host, taken
):
    counter = Counter(make_config(tmp_path), database)
    outcomes = [
        counter.ask(f"r{number}@{host}", network=f"198.51.{number}.0/24").asked
        for number in range(40)
    ]
    assert outcomes.count(SignupOutcome.TAKEN) == taken
    assert len(kinds(counter)) == taken


def test_forms_that_mail_nobody_use_up_no_domain(database, tmp_path):
    counter = Counter(make_config(tmp_path, signups_per_network=100), database)
    for _ in range(DOMAIN_MAILS.per_hour + 5):
        assert counter.ask(ANN).asked is SignupOutcome.TAKEN


def test_a_wider_network_has_several_shares_and_no_more(database, tmp_path):
    counter = Counter(make_config(tmp_path, signups_per_network=2), database)
    outcomes = []
    for number in range(12):
        fields = counter.typed(f"r{number}@example.org")
        networks = networks_of(f"203.0.{number}.9")
        outcomes.append(counter.signups.ask(fields, counter.newsletter(), networks).asked)
    assert outcomes == [SignupOutcome.TAKEN] * 10 + [SignupOutcome.TOO_MANY] * 2


def test_a_network_has_its_share_whoever_it_asks_for_and_whichever_process_it_asks(
    tmp_path, database, open_database
):
    config = make_config(tmp_path, signups_per_network=3)
    one, other = Counter(config, database), Counter(config, open_database())
    for number in range(3):
        assert (one, other)[number % 2].ask(f"a{number}@example.org").asked is SignupOutcome.TAKEN
    refused = other.ask("b@example.org")
    assert (refused.asked, refused.wait) == (SignupOutcome.TOO_MANY, 3660)
    assert other.ask("b@example.org", network="198.51.100.0/24").asked is SignupOutcome.TAKEN
    assert len(table(one, signups)) == 4
    one.clock.turn(seconds=refused.wait)
    assert one.ask("b@example.org").asked is SignupOutcome.TAKEN


def test_visitors_without_a_network_of_their_own_share_the_limit_of_all(tmp_path, database):
    config = make_config(tmp_path, signups_per_network=1, signups_per_hour=3)
    counter = Counter(config, database)
    asked = [counter.ask(f"r{n}@example.org", network=None).asked for n in range(4)]
    assert asked == [SignupOutcome.TAKEN] * 3 + [SignupOutcome.TOO_MANY]


def test_all_networks_together_have_a_limit_and_what_it_refuses_costs_a_network_nothing(
    tmp_path, database
):
    config = make_config(tmp_path, signups_per_network=2, signups_per_hour=1)
    counter = Counter(config, database)
    assert counter.ask("a@example.org", network="198.51.100.0/24").asked is SignupOutcome.TAKEN
    counter.clock.turn(minutes=30)
    for _ in range(5):
        assert counter.ask("b@example.org").asked is SignupOutcome.TOO_MANY
    counter.clock.turn(minutes=31)
    assert counter.ask("b@example.org").asked is SignupOutcome.TAKEN


def test_processes_that_race_never_let_in_more_than_the_limit(tmp_path, database, open_database):
    config = make_config(tmp_path, signups_per_network=5)
    counters = [Counter(config, open_database()) for _ in range(4)]

    def work(number: int) -> int:
        answers = [counters[number].ask(f"r{number}-{i}@example.org").asked for i in range(5)]
        return answers.count(SignupOutcome.TAKEN)

    assert sum(at_once([lambda n=n: work(n) for n in range(4)])) == 5  # type: ignore[misc]
    assert len(kinds(Counter(config, database))) == 5


def test_a_robot_that_fills_in_the_trap_is_thanked_and_nothing_is_written(counter):
    assert counter.ask(ANN, trap="http://evil.example").asked is SignupOutcome.TAKEN
    assert table(counter, signups) == []
    assert table(counter, rate_usage) == []


def test_a_form_without_a_fresh_stamp_is_shown_once_more(counter):
    assert counter.ask(ANN, stamp="").asked is SignupOutcome.ONCE_MORE
    assert (
        counter.ask(ANN, stamp=counter.signups.stamps.make(NOON)).asked is SignupOutcome.ONCE_MORE
    )
    assert table(counter, signups) == []


# forgetting


def test_networks_sign_ups_and_notices_are_forgotten_in_time(counter):
    counter.ask()
    counter.signups.confirm(counter.token(1))
    counter.ask("bob@example.org")

    def after(days: int) -> None:
        forget(
            counter.database, counter.config.settings.web, NOON + timedelta(days=days, seconds=1)
        )

    after(1)
    assert len(table(counter, signups)) == 2
    assert [row.backend for row in table(counter, rate_usage) if row.span == 3600] == []
    after(7)
    assert table(counter, signups) == []
    assert stage(counter) is SignupStage.OVER  # not unknown: the link was ours
    assert [row.network for row in table(counter, consent_table)] == [NETWORK]
    after(14)
    assert table(counter, notice_table) == []
    after(30)
    (kept,) = table(counter, consent_table)
    assert kept.network is None
    assert kept.words
    assert table(counter, rate_usage) == []


def test_where_networks_are_kept_for_no_time_none_is_written_but_the_limit_holds(
    tmp_path, database
):
    counter = Counter(make_config(tmp_path, network_days=0, signups_per_network=1), database)
    counter.ask()
    assert [row.network for row in table(counter, signups)] == [None]
    assert counter.ask("bob@example.org").asked is SignupOutcome.TOO_MANY


def test_no_network_stands_in_the_table_of_rates(counter):
    counter.ask()
    assert not [row for row in table(counter, rate_usage) if "203.0" in row.backend]
    assert not [row for row in table(counter, rate_usage) if "ann" in row.backend]
