"""The rules of delivery: what a reply means, when to try again, what the engine makes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.deliver.engine import Done, Engine, Source
from digest.deliver.replies import Stage, judge
from digest.deliver.retry import next_attempt, reconnect_after
from digest.deliver.wire import ConnectionEnd, Ending
from digest.model import Claim, DeliveryState, Envelope, Outcome, Result, Subscriber, Verdict
from tests.builders import NOON


@pytest.mark.parametrize(
    ("stage", "code", "text", "verdict"),
    [
        (Stage.MESSAGE, 250, "2.0.0 ok", Verdict.SENT),
        (Stage.RECIPIENT, 550, "5.1.1 no such user", Verdict.REJECTED),
        (Stage.RECIPIENT, 450, "4.2.0 greylisted", Verdict.RETRY),
        (Stage.RECIPIENT, 452, "too many recipients", Verdict.RETRY),
        (Stage.DATA, 554, "no", Verdict.REJECTED),
        (Stage.MESSAGE, 451, "local error", Verdict.RETRY),
        (Stage.MESSAGE, 554, "5.7.1 spam", Verdict.REJECTED),
        (Stage.MESSAGE, 552, "5.3.4 message too big", Verdict.STOP),
        (Stage.MESSAGE, 421, "closing", Verdict.RETRY),
        (Stage.SENDER, 550, "5.7.1 sender refused", Verdict.STOP),
        (Stage.SENDER, 451, "later", Verdict.RETRY),
        (Stage.LOGIN, 535, "5.7.8 bad credentials", Verdict.STOP),
        (Stage.CONNECT, 554, "no service", Verdict.STOP),
        (Stage.MESSAGE, 299, "odd but good", Verdict.SENT),
        (Stage.RECIPIENT, 250, "out of place", Verdict.RETRY),
        (Stage.MESSAGE, 777, "from no standard", Verdict.RETRY),
        (Stage.MESSAGE, -1, "garbage", Verdict.RETRY),
    ],
)
def test_what_a_reply_means(stage, code, text, verdict):
    outcome = judge(stage, code, text)
    assert outcome.verdict is verdict
    assert text in outcome.reply


def test_the_wait_doubles_up_to_two_hours():
    waits = [next_attempt(NOON, attempt, 0.0) - NOON for attempt in range(1, 9)]
    assert waits[0] == timedelta(minutes=5)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=2)
    assert next_attempt(NOON, 1, 1.0) - NOON == timedelta(minutes=6)


class FakeBackend:
    """Answers as it was told, in order; then with `sent`. A ConnectionEnd ends the session."""

    name = "fake"

    def __init__(self, *answers: Outcome | Exception | ConnectionEnd, connections: int = 1) -> None:
        self.answers = list(answers)
        self.connections = connections
        self.messages: list[str] = []

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        count = 0
        while (envelope := source()) is not None:
            await asyncio.sleep(0)
            answer = self.answers.pop(0) if self.answers else Outcome(Verdict.SENT, "250 ok", 250)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, ConnectionEnd):
                return replace(answer, messages=count, not_attempted=(envelope,))
            if answer.verdict is Verdict.STOP:
                return ConnectionEnd(
                    Ending.REFUSED, answer.reply, count, answer, not_attempted=(envelope,)
                )
            self.messages.append(envelope.recipient)
            done(envelope, answer)
            count += 1
        return ConnectionEnd(Ending.DONE, "done", count)


class FakeLedger:
    """Keeps the records in memory; never gives out more than `batch` claims."""

    def __init__(self, count: int, batch: int = 3) -> None:
        self.waiting = [
            Claim(1, Subscriber(n, f"{n}@example.org"), frozenset(), 1) for n in range(count)
        ]
        self.batch = batch
        self.results: dict[int, Result] = {}
        self.claimed: set[int] = set()
        self.most_claimed = 0

    def exchange(self, done: Sequence[tuple[Claim, Result]], limit: int) -> list[Claim]:
        for claim, result in done:
            self.claimed.remove(claim.subscriber.id)
            self.results[claim.subscriber.id] = result
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        self.claimed |= {claim.subscriber.id for claim in taken}
        self.most_claimed = max(self.most_claimed, len(self.claimed))
        return taken

    def release(self, claims: Sequence[Claim]) -> None:
        self.claimed -= {claim.subscriber.id for claim in claims}
        self.waiting = [*claims, *self.waiting]


def address(claim: Claim) -> Envelope | None:
    return Envelope("daily@example.org", claim.subscriber.email, b"", str(claim.subscriber.id))


def engine(backend: FakeBackend, **changes) -> Engine:
    return Engine(backend, lambda: NOON, jitter=lambda: 0.0, **changes)


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
    assert tally.stopped == "535 bad credentials"
    assert list(ledger.results) == [0]
    assert ledger.claimed == set()
    assert {claim.subscriber.id for claim in ledger.waiting} == set(range(1, 10))


def test_a_stop_is_asked_for_between_messages():
    backend = FakeBackend()
    ledger = FakeLedger(10)
    tally = engine(backend, should_stop=lambda: len(backend.messages) >= 4).deliver(ledger, address)
    assert len(ledger.results) == 4
    assert ledger.claimed == set()
    assert tally.stopped == "asked to stop"


def test_an_exception_in_sending_leaves_only_that_message_claimed():
    backend = FakeBackend(Outcome(Verdict.SENT, "250"), RuntimeError("boom"))
    ledger = FakeLedger(6)
    with pytest.raises(RuntimeError):
        engine(backend).deliver(ledger, address)
    assert ledger.claimed == {1}


def test_a_message_that_cannot_be_made_leaves_nothing_claimed():
    ledger = FakeLedger(6)

    def broken(claim: Claim) -> Envelope:
        raise ValueError(claim.subscriber.email)

    with pytest.raises(ValueError, match=r"0@example\.org"):
        engine(FakeBackend()).deliver(ledger, broken)
    assert ledger.claimed == set()


def test_a_reader_without_stories_gets_no_mail_and_the_record_says_why():
    backend = FakeBackend()
    ledger = FakeLedger(1)
    engine(backend).deliver(ledger, lambda _claim: None)
    assert backend.messages == []
    assert ledger.results[0].state is DeliveryState.SKIPPED
    assert "topics" in ledger.results[0].reply


@pytest.mark.parametrize("connections", [1, 2, 7])
@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_everyone_is_attempted_once_whatever_the_batch_and_the_connections(connections, batch):
    backend = FakeBackend(connections=connections)
    ledger = FakeLedger(53, batch)
    tally = engine(backend).deliver(ledger, address)
    assert sorted(backend.messages) == sorted(f"{n}@example.org" for n in range(53))
    assert tally.results == {DeliveryState.SENT: 53}
    assert ledger.claimed == set()
    assert ledger.most_claimed <= batch


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
    assert tally.stopped == "broke the connection"
    assert ledger.results == {}
    assert ledger.claimed == set()


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
