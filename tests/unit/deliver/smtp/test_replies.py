"""What a reply means (promise 12), when to try again, what the engine makes of it."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source
from digest.deliver.queue.engine import Engine
from digest.deliver.refusals import SmtpStage
from digest.deliver.retry import next_attempt, reconnect_after, wished_wait
from digest.deliver.smtp.replies import judge
from digest.model import Claim, DeliveryState, Envelope, Outcome, Verdict
from tests.builders import NOON
from tests.fakes import FakeBackend, FakeLedger, address
from tests.paths import ROOT

MEANINGS = {
    "delivered": Verdict.SENT,
    "retry later": Verdict.RETRY,
    "give up on this address": Verdict.REJECTED,
    "stop the run": Verdict.STOP,
}


def documented() -> list[tuple[str, str, str]]:
    """The rows of the first table of docs/outcomes.md: stage, reply, meaning."""
    text = (ROOT / "docs" / "outcomes.md").read_text()
    table = text.partition("| stage | reply | it means |\n|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return [(stage, reply, meaning) for stage, reply, meaning in rows]


@pytest.mark.parametrize(("stage", "reply", "meaning"), documented())
def test_a_reply_means_what_the_document_says(stage: str, reply: str, meaning: str):
    code, _, text = reply.partition(" ")
    for said in (text, text.upper()):
        outcome = judge(SmtpStage(stage), int(code), said)
        assert outcome.verdict is MEANINGS[meaning]
        assert said in outcome.reply
        assert outcome.code == int(code)


def test_the_document_has_every_stage_and_every_meaning():
    assert {stage for stage, _, _ in documented()} == set(SmtpStage)
    assert {meaning for _, _, meaning in documented()} == set(MEANINGS)


@given(st.sampled_from(SmtpStage), st.integers(-1, 999), st.text(max_size=200))
def test_only_5yz_is_final_and_only_2yz_to_the_message_is_delivery(stage, code, text):
    verdict = judge(stage, code, text).verdict
    assert (verdict is Verdict.SENT) == (stage is SmtpStage.MESSAGE and 200 <= code < 300)
    if not 500 <= code < 600 and verdict is not Verdict.SENT:
        assert verdict is Verdict.RETRY
    if stage in (SmtpStage.CONNECT, SmtpStage.LOGIN):
        assert verdict is not Verdict.REJECTED, "there is nobody yet to give up on"


def test_the_wait_doubles_up_to_two_hours():
    waits = [next_attempt(NOON, attempt, 0.0) - NOON for attempt in range(1, 9)]
    assert waits[0] == timedelta(minutes=5)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=2)
    assert next_attempt(NOON, 1, 1.0) - NOON == timedelta(minutes=6)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ("451 4.7.1 Greylisted, try again in 300 seconds", 300),
        ("451 Greylisting enabled, try again in 1 minutes", 60),
        ("450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted for 5 minutes", 300),
        ("451 4.7.1 Greylisting in action, please come back in 00:09:00", 540),
        ("450 Please try again after 2 minutes", 120),
        ("450 Please try delivery again in 240 seconds.", 240),
        ("450 try again in 298s", 298),
        ("451 grey-listed, retry in 1 hour", 3600),
        ("450 please wait 2 hrs", 7200),
        ("451 please wait 9999 hours", 24 * 3600),
        ("450 4.2.0 Greylisted, see http://greylisting.example.net/help/300s.html", None),
        ("450 too many: 100 messages in 60 minutes; try again later", None),
        ("451 4.7.1 please try again later", None),
        ("452 4.2.2 retry: 3 messages over quota", None),
        ("", None),
    ],
)
def test_the_wait_that_a_server_names_is_understood_and_kept(reply: str, seconds: int | None):
    wish = None if seconds is None else timedelta(seconds=seconds)
    assert wished_wait(reply) == wish
    usual = timedelta(minutes=5)
    assert next_attempt(NOON, 1, 0.0, reply) - NOON == max(usual, wish or usual)


@given(st.text(), st.integers(1, 100), st.floats(0, 1))
def test_whatever_a_server_says_it_is_asked_again_within_a_day_and_a_bit(reply, attempt, jitter):
    wait = next_attempt(NOON, attempt, jitter, reply) - NOON
    assert timedelta(minutes=5) <= wait <= timedelta(hours=28.8)


def test_a_long_reply_is_read_at_once():
    began = time.process_time()
    for part in ("greylist", "again ", "retry 1 ", "wait 00:", "user ", "bl", "sender "):
        reply = part * 50_000
        wished_wait(reply)
        for stage in SmtpStage:
            judge(stage, 550, reply)
    assert time.process_time() - began < 5


def engine(backend: FakeBackend, **changes) -> Engine:
    return Engine([backend], lambda: NOON, jitter=lambda: 0.0, **changes)


def test_every_claim_gets_the_record_of_its_reply():
    backend = FakeBackend(
        Outcome(Verdict.SENT, "250 ok", 250),
        Outcome(Verdict.REJECTED, "550 no", 550),
        Outcome(Verdict.RETRY, "451 later", 451),
        Outcome(Verdict.IN_DOUBT, "no answer"),
    )
    ledger = FakeLedger(5)
    tally = engine(backend).deliver(ledger, address)
    assert [ledger.results[n].state for n in range(5)] == [
        "sent",
        "failed",
        "deferred",
        "in doubt",
        "sent",
    ]
    assert ledger.results[2].next_attempt_at == NOON + timedelta(minutes=5)
    assert ledger.results[3].next_attempt_at == NOON + timedelta(minutes=5)
    assert tally.stopped is None


def test_what_stops_the_run_marks_nobody_and_gives_all_claims_back():
    backend = FakeBackend(
        Outcome(Verdict.SENT, "250"), Outcome(Verdict.STOP, "535 bad credentials")
    )
    ledger = FakeLedger(10)
    tally = engine(backend).deliver(ledger, address)
    assert tally.stopped is not None
    assert tally.stopped.reason == "535 bad credentials"
    assert list(ledger.results) == [0]
    assert ledger.end() == set()
    assert {claim.subscriber.id for claim in ledger.waiting} == set(range(1, 10))


def test_a_stop_is_asked_for_between_messages():
    backend = FakeBackend()
    ledger = FakeLedger(10)
    tally = engine(backend, should_stop=lambda: len(backend.messages) >= 4).deliver(ledger, address)
    assert len(ledger.results) == 4
    assert ledger.end() == set()
    assert tally.stopped is not None
    assert tally.stopped.reason == "asked to stop"


def test_an_exception_in_sending_leaves_only_that_message_claimed():
    backend = FakeBackend(Outcome(Verdict.SENT, "250"), RuntimeError("boom"))
    ledger = FakeLedger(6)
    with pytest.raises(RuntimeError):
        engine(backend).deliver(ledger, address)
    assert ledger.end() == {1}


def test_a_message_that_cannot_be_made_leaves_nothing_claimed():
    ledger = FakeLedger(6)

    def broken(claim: Claim) -> Envelope:
        raise ValueError(claim.subscriber.email)

    with pytest.raises(ValueError, match=r"0@example\.org"):
        engine(FakeBackend()).deliver(ledger, broken)
    assert ledger.end() == set()


def test_a_subscriber_without_stories_gets_no_mail_and_is_skipped():
    backend = FakeBackend()
    ledger = FakeLedger(1)
    engine(backend).deliver(ledger, lambda _claim: None)
    assert backend.messages == []
    assert ledger.results[0].state is DeliveryState.SKIPPED
    assert ledger.results[0].reply == ""


@pytest.mark.parametrize("connections", [1, 2, 7])
@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_everyone_is_attempted_once_whatever_the_batch_and_the_connections(connections, batch):
    backend = FakeBackend(connections=connections)
    ledger = FakeLedger(53, batch)
    tally = engine(backend).deliver(ledger, address)
    assert sorted(backend.messages) == sorted(f"{n}@example.org" for n in range(53))
    assert tally.results == {DeliveryState.SENT: 53}
    assert ledger.end() == set()
    assert ledger.most_claimed <= batch
    assert ledger.most_handed_out <= backend.window


LOST = ConnectionEnd(Ending.LOST, "broke the connection")


def test_a_lost_connection_is_opened_again_and_nobody_is_forgotten():
    sent = Outcome(Verdict.SENT, "250", 250)
    backend = FakeBackend(sent, LOST, sent, LOST, LOST)
    ledger = FakeLedger(9)
    tally = engine(backend).deliver(ledger, address)
    assert tally.stopped is None
    assert len(ledger.results) == 9


def test_a_server_that_is_not_to_be_had_stops_the_run_and_marks_nobody():
    backend = FakeBackend(*[LOST] * 50, connections=2)
    ledger = FakeLedger(9)
    tally = engine(backend).deliver(ledger, address)
    assert tally.stopped is not None
    assert tally.stopped.reason == "broke the connection"
    assert ledger.results == {}
    assert ledger.end() == set()


def test_another_connection_is_tried_later_and_later():
    waits = [reconnect_after(n, 0.5) for n in range(12)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] == 30


class ServerOfOneConnection(FakeBackend):
    """Takes one connection at a time and turns the others away, as many relays do."""

    def __init__(self) -> None:
        super().__init__(connections=4)
        self.busy = False
        self.turned_away = 0

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        if self.busy:
            self.turned_away += 1
            return ConnectionEnd(Ending.LATER, "421 too many connections")
        self.busy = True
        try:
            return await super().session(source, done)
        finally:
            self.busy = False


def test_connections_that_are_turned_away_do_not_stop_the_one_that_works():
    backend = ServerOfOneConnection()
    ledger = FakeLedger(40, batch=10)
    tally = engine(backend).deliver(ledger, address)
    assert backend.turned_away >= 3
    assert tally.stopped is None
    assert len(ledger.results) == 40
