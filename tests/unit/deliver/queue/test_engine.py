"""Several backends, their limits, and how a run ends: the engine over programmable fakes."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from structlog.testing import capture_logs

from digest.deliver.backend import ConnectionEnd, Done, Ending, Reply, Source, envelopes
from digest.deliver.queue.backend_health import BackendHealth
from digest.deliver.queue.engine import Engine
from digest.model import DeliveryState, Outcome, Stop, StopKind, Verdict
from digest.rate_limits import RateLimits, Reservation
from tests.builders import NOON
from tests.fakes import SENT, FakeLedger, Relay, address

BUSY = Outcome(Verdict.RETRY, "421 4.7.0 too many messages", 421)
REFUSED = Outcome(Verdict.STOP, "log-in: 535 bad credentials", 535)


def send(*relays: Relay, count: int = 60, batch: int = 20, **changes):
    ledger = FakeLedger(count, batch)
    begin = monotonic()
    engine = Engine(relays, lambda: NOON, jitter=lambda: 0.0, **changes)
    tally = engine.deliver(ledger, address)
    assert ledger.end() == set()
    return ledger, tally, monotonic() - begin


def test_two_backends_share_by_weight():
    heavy, light = Relay("heavy", weight=3), Relay("light")
    ledger, tally, _ = send(heavy, light, count=400)
    assert tally.results == {DeliveryState.SENT: 400}
    assert sorted(heavy.taken + light.taken) == sorted(f"{n}@example.org" for n in range(400))
    assert 2.2 < len(heavy.taken) / len(light.taken) < 4
    assert {result.server for result in ledger.results.values()} == {"heavy", "light"}


def test_a_backend_that_refuses_us_leaves_its_messages_to_the_other():
    broken, sound = Relay("broken", answer=lambda _: REFUSED), Relay("sound")
    _, tally, _ = send(broken, sound)
    assert tally.results == {DeliveryState.SENT: 60}
    assert tally.stopped is None
    assert broken.taken == []


def test_the_run_stops_when_all_backends_have_refused_us():
    ledger, tally, _ = send(
        Relay("one", answer=lambda _: REFUSED), Relay("two", answer=lambda _: REFUSED)
    )
    assert tally.stopped == Stop(StopKind.REFUSED, REFUSED.reply)
    assert ledger.results == {}
    assert len(ledger.waiting) == 60


def test_a_backend_that_dies_in_the_middle_loses_nothing():
    dying = Relay("dying")
    dying.answer = lambda _: SENT if len(dying.taken) < 7 else REFUSED
    ledger, tally, _ = send(dying, Relay("other"))
    assert tally.results == {DeliveryState.SENT: 60}
    assert len(ledger.results) == 60


ODD = Outcome(Verdict.REJECTED, "550 5.2.0 computer says no", 550)


def test_a_backend_that_refuses_everybody_is_left_and_its_messages_wait_for_the_other():
    broken, sound = Relay("broken", answer=lambda _: ODD), Relay("sound")
    _, tally, _ = send(broken, sound, count=200)
    assert tally.stopped is None
    assert 10 <= len(broken.taken) <= 12
    deferred = len(broken.taken)
    assert tally.results == {DeliveryState.SENT: 200 - deferred, DeliveryState.DEFERRED: deferred}


@pytest.mark.parametrize("batch", [1, 3, 20])
@pytest.mark.parametrize("dead", [2, 3, 7])
def test_refusals_that_wait_for_others_hold_nobody_up(batch, dead):
    relay = Relay()
    relay.answer = lambda envelope: ODD if int(envelope.name) % dead == 1 else SENT
    ledger, tally, _ = send(relay, count=70, batch=batch)
    assert tally.stopped is None
    assert set(tally.results) == {DeliveryState.SENT, DeliveryState.FAILED}
    failed = {n for n, result in ledger.results.items() if result.state is DeliveryState.FAILED}
    assert failed == {n for n in range(70) if n % dead == 1}


@dataclass
class Away(Relay):
    """Nobody answers; `asked` counts how often somebody tried."""

    asked: int = 0

    async def session(self, source: Source, done: Done) -> ConnectionEnd:
        self.asked += 1
        return ConnectionEnd(Ending.LOST, "cannot be used")


def test_a_backend_that_is_down_is_told_of_once_and_not_asked_again_in_the_round():
    away, health = Away(limits=RateLimits(connections=8)), BackendHealth()
    with capture_logs() as lines:
        for _ in range(3):
            ledger, tally, _ = send(away, health=health)
            assert tally.stopped == Stop(StopKind.REFUSED, "cannot be used")
            assert len(ledger.waiting) == 60
    assert away.asked == 8 * 3, "three times a connection, for the first issue alone"
    levels = [line["log_level"] for line in lines if line["event"] == "session ended"]
    assert levels[0] == "warning"
    assert {*levels[1:]} == {"debug"}


def test_while_one_backend_is_down_all_issues_of_the_round_go_through_the_other():
    away, sound, health = Away("away"), Relay("sound"), BackendHealth()
    for _ in range(2):
        _, tally, _ = send(away, sound, health=health, count=200)
        assert (tally.stopped, tally.results) == (None, {DeliveryState.SENT: 200})
        asked = away.asked
        health.down["away"] = "cannot be used"
    assert away.asked == asked


def test_connections_stay_within_the_limit():
    relay = Relay(limits=RateLimits(connections=3), shared_limits=0.005)
    send(relay)
    assert relay.most_open == 3


class OneSlot:
    """Another process has all the other slots; rates are its affair, too."""

    def __init__(self, reservations: list[int] | None = None) -> None:
        self.reservations = reservations
        self.given_back = 0

    def slots(self, _backend: str, _resource: str, _limit: int, _held: int, _want: int) -> int:
        return 1

    def reserve(self, _backend: str, _limits: RateLimits, want: int) -> Reservation:
        now = datetime.now(UTC)
        count = (
            want
            if self.reservations is None
            else self.reservations.pop(0)
            if self.reservations
            else 0
        )
        next_at = (
            now + timedelta(milliseconds=20) if self.reservations else now + timedelta(hours=1)
        )
        return Reservation(count, now, now + timedelta(hours=1), next_at)

    def give_back(
        self, _backend: str, _limits: RateLimits, _reservation: Reservation, count: int
    ) -> None:
        self.given_back += count


def test_a_slot_that_another_process_has_is_not_taken():
    relay = Relay(limits=RateLimits(connections=5), shared_limits=0.001)
    _, tally, _ = send(relay, shared_limits=OneSlot())
    assert relay.most_open == 1
    assert tally.results == {DeliveryState.SENT: 60}


def test_messages_wait_for_leave_on_the_same_connection():
    relay = Relay(limits=RateLimits(connections=1, per_second=1000))
    _, tally, _ = send(relay, shared_limits=OneSlot([5, 5, 200]), count=30)
    assert tally.results == {DeliveryState.SENT: 30}
    assert relay.most_open == 1


@pytest.mark.parametrize("connections", [1, 2, 5])
def test_a_limit_that_is_used_up_for_long_ends_the_run_and_nothing_is_wrong(connections):
    relay = Relay(limits=RateLimits(connections=connections, per_day=500))
    shared_limits = OneSlot([25])
    ledger, tally, _ = send(relay, shared_limits=shared_limits)
    assert len(ledger.results) == 25
    assert len(ledger.waiting) == 35
    assert tally.stopped is not None
    assert tally.stopped.kind is StopKind.LIMITED
    assert "relay has sent all that its limits allow until" in tally.stopped.reason


def test_leave_that_was_not_used_is_given_back():
    shared_limits = OneSlot()
    send(
        Relay(limits=RateLimits(connections=1, per_minute=1000)),
        shared_limits=shared_limits,
        count=30,
    )
    assert shared_limits.given_back == 170


def test_a_used_up_backend_leaves_the_rest_to_the_other():
    class OneIsUsedUp(OneSlot):
        def reserve(self, backend: str, limits: RateLimits, want: int) -> Reservation:
            assert backend == "small"
            return super().reserve(backend, limits, want)

    small = Relay("small", limits=RateLimits(connections=1, per_day=5))
    _, tally, _ = send(small, Relay("large"), shared_limits=OneIsUsedUp([5]))
    assert tally.results == {DeliveryState.SENT: 60}
    assert len(small.taken) == 5
    assert tally.stopped is None


def test_a_backend_that_says_slow_down_gets_fewer_connections():
    relay = Relay(limits=RateLimits(connections=4), shared_limits=0.05)
    relay.answer = lambda _: BUSY if len(relay.taken) < 4 else SENT
    seen: list[int] = []
    answer = relay.answer
    relay.answer = lambda envelope: seen.append(relay.open) or answer(envelope)  # type: ignore[func-returns-value]
    ledger, tally, _ = send(relay, count=80, batch=80)
    assert tally.results[DeliveryState.DEFERRED] == 4
    assert len(ledger.results) == 80
    assert seen[-10] <= 2  # before the end, where connections are taken leave of


def test_a_connection_that_is_turned_away_for_load_counts_as_such():
    class Crowded(Relay):
        async def session(self, source: Source, done: Done) -> ConnectionEnd:
            if self.open >= 2:
                reply = Reply(421, "4.7.0 too many connections")
                return ConnectionEnd(Ending.LATER, f"answered {reply}", reply=reply)
            return await super().session(source, done)

    relay = Crowded(limits=RateLimits(connections=4), shared_limits=0.01)
    _, tally, _ = send(relay)
    assert tally.results == {DeliveryState.SENT: 60}
    assert relay.most_open <= 2


def test_recipients_of_one_domain_at_a_time_hold_up_nobody_else():
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()

    class Counting(Relay):
        async def _hangs_up(self) -> bool:
            domain = self.current.rpartition("@")[2]
            under_way[domain] += 1
            most[domain] = max(most[domain], under_way[domain])
            await asyncio.sleep(0.004)
            under_way[domain] -= 1
            return False

        async def _talk(self, source: Source, done: Done) -> ConnectionEnd:
            count = 0
            async for envelope in envelopes(source):
                self.current = envelope.recipient
                await self._hangs_up()
                self.taken.append(envelope.recipient)
                done(envelope, SENT)
                count += 1
            return ConnectionEnd(Ending.DONE, "", count)

    ledger = FakeLedger(60, 60)
    ledger.waiting = [
        replace(
            claim,
            subscriber=replace(
                claim.subscriber, email=f"{n}@{'big.test' if n < 40 else f'{n}.test'}"
            ),
        )
        for n, claim in enumerate(ledger.waiting)
    ]
    relay = Counting(limits=RateLimits(connections=6, per_domain=2))
    Engine([relay], lambda: NOON).deliver(ledger, address)
    assert len(ledger.results) == 60
    assert most["big.test"] == 2
    # The small domains did not wait for the big one to be done.
    assert max(relay.taken.index(f"{n}@{n}.test") for n in range(40, 60)) < 55


def test_a_silent_server_holds_up_a_stop_no_longer_than_the_grace():
    relay = Relay(limits=RateLimits(connections=2), shared_limits=60)
    ledger, tally, took = send(relay, should_stop=lambda: relay.begun == 2, grace=0.2)
    assert took < 5
    assert tally.stopped == Stop(StopKind.ASKED, "asked to stop")
    assert len(ledger.results) == 2
    assert {result.state for result in ledger.results.values()} == {DeliveryState.IN_DOUBT}
    assert len(ledger.results) + len(ledger.waiting) == 60


def test_an_error_in_counting_ends_the_run_and_keeps_the_books():
    class Broken(OneSlot):
        def slots(self, *_: object) -> int:
            raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="gone"):
        send(Relay(), shared_limits=Broken())
