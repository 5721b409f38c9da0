"""What is claimed, marked, handed out and written, in whatever order it happens: nothing waits."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from digest.deliver.backend import ConnectionEnd, Done, Ending, Source, envelopes
from digest.deliver.queue.engine import Engine, RunResult
from digest.deliver.queue.rate_limiter import ProcessLimits
from digest.model import DeliveryState, Envelope, Outcome, Subscriber, Verdict
from digest.rate_limits import RateLimits
from tests.builders import NOON
from tests.fakes import SENT, FakeLedger, Relay, address
from tests.sampling import SEED, examples


class Ledger(FakeLedger):
    """Is taken over now and then, or thinks itself silent for too long until its next turn.

    What another run took over is sent there, but for what was handed out: that waits again.
    """

    def __init__(self, count: int, batch: int, dice: random.Random, trouble: float) -> None:
        super().__init__(count, batch)
        self.handed: Counter[int] = Counter()
        self.elsewhere: set[int] = set()
        self.late: set[int] = set()
        self._dice = dice
        self.trouble = trouble

    def exchange(self, done, limit, handed_out):
        known = [pair for pair in done if self.claimed.get(pair[0].subscriber.id) == pair[0]]
        self.late |= {claim.subscriber.id for claim, _ in done} - {
            claim.subscriber.id for claim, _ in known
        }
        if self._dice.random() < self.trouble:
            super().exchange(known, 0, [])
            self._lose_all()
            self.may_hand_out, self.trouble = False, self.trouble % 1.0  # once, where it is certain
            return None
        self.may_hand_out = self._dice.random() >= self.trouble
        mine = [claim for claim in handed_out if claim.subscriber.id in self.claimed]
        return super().exchange(known, limit, mine)

    def _lose_all(self) -> None:
        for number, claim in self.claimed.items():
            if self.handed[number]:
                self.waiting.append(replace(claim, attempt=claim.attempt + 1))
            else:
                self.elsewhere.add(number)
        self.claimed.clear()

    def address(self, claim) -> Envelope | None:
        assert self.may_hand_out
        number = claim.subscriber.id
        assert number in self.claimed, "what others have is not handed out"
        assert number in self.handed_out, "nothing is handed out that is not marked"
        self.handed[number] += 1
        return address(claim)


class Moody(Relay):
    """Ends its connections as it likes, gives messages back, and says all that a server may say."""

    dice: random.Random

    async def _talk(self, source: Source, done: Done) -> ConnectionEnd:
        count = 0
        async for envelope in envelopes(source):
            match self.dice.randrange(12):
                case 0:
                    return ConnectionEnd(Ending.LIMIT, "", count, not_attempted=(envelope,))
                case 1:
                    done(envelope, Outcome(Verdict.IN_DOUBT, "no answer"))
                    return ConnectionEnd(Ending.LIMIT, "", count + 1)
                case 2:
                    done(envelope, Outcome(Verdict.REJECTED, "550 5.1.1 unknown", 550))
                case 3:
                    done(envelope, Outcome(Verdict.RETRY, "451 later", 451))
                case _:
                    done(envelope, SENT)
            count += 1
        return ConnectionEnd(Ending.DONE, "", count)


def in_time(deliver: Callable[[], RunResult], ledger: FakeLedger) -> RunResult:
    """What a run came to; one that hangs is told with where its claims are."""
    results: list[RunResult] = []
    thread = threading.Thread(target=lambda: results.append(deliver()), daemon=True)
    thread.start()
    thread.join(timeout=60)
    state = f"claimed {sorted(ledger.claimed)}, handed out {sorted(ledger.handed_out)}, "
    state += f"{len(ledger.results)} results, {len(ledger.waiting)} wait"
    assert not thread.is_alive(), f"the run hangs: {state}"
    assert results, f"the run failed: {state}"
    return results[0]


@pytest.mark.parametrize("number", range(examples(100)))
def test_whatever_happens_a_run_comes_to_an_end_and_accounts_for_all(number):
    dice = random.Random(SEED * 1000 + number)
    count, trouble = dice.randrange(1, 80), dice.choice([0, 0, 0.1])
    relays = []
    for name in ("one", "two")[: dice.randint(1, 2)]:
        connections = dice.randint(1, 4)
        limits = RateLimits(connections=connections, per_domain=dice.choice([0, 0, 1, 2]))
        relay = Moody(name, limits, dice.choice([1, 2, 4]) * connections)
        relay.dice = dice
        relays.append(relay)
    ledger = Ledger(count, dice.choice([1, 2, 7, 50]), dice, trouble)
    engine = Engine(relays, lambda: NOON, jitter=lambda: 0.0)
    in_time(lambda: engine.deliver(ledger, ledger.address), ledger)
    in_doubt = ledger.end()
    assert not in_doubt
    assert ledger.most_handed_out <= sum(relay.window for relay in relays)
    assert set(ledger.results) | ledger.elsewhere | ledger.late == set(range(count))
    if not trouble:
        assert set(ledger.results) == set(range(count))


def test_at_most_a_window_is_marked_and_nothing_else_is_handed_out():
    ledger = Ledger(200, 50, random.Random(SEED), 0.0)
    relay = Relay(limits=RateLimits(connections=2), window=8)
    tally = in_time(lambda: Engine([relay], lambda: NOON).deliver(ledger, ledger.address), ledger)
    assert tally.results == {DeliveryState.SENT: 200}
    assert ledger.most_handed_out <= 8


def test_where_another_run_holds_most_of_the_connections_as_little_is_marked_as_this_one_can_send():
    ledger = Ledger(200, 50, random.Random(SEED), 0.0)
    relay = Relay(limits=RateLimits(connections=4), window=16)
    engine = Engine([relay], lambda: NOON, shared_limits=OneConnection())
    in_time(lambda: engine.deliver(ledger, ledger.address), ledger)
    assert relay.most_open == 1
    assert ledger.most_handed_out <= 4


class OneConnection(ProcessLimits):
    """Limits of which other runs have all but one connection."""

    def slots(self, _backend, _resource, _limit, _held, want):
        return min(1, want)


def test_a_run_that_was_taken_over_drops_its_stock_and_goes_on_with_what_nobody_has():
    ledger = Ledger(100, 40, random.Random(SEED), 0.0)
    relay = Relay(limits=RateLimits(connections=2), window=8)

    def answer(_envelope: Envelope) -> Outcome:
        if len(relay.taken) == 20:
            ledger.trouble = 1.0
        return SENT

    relay.answer = answer
    in_time(lambda: Engine([relay], lambda: NOON).deliver(ledger, ledger.address), ledger)
    assert ledger.elsewhere
    assert max(ledger.handed.values()) <= 2
    assert sum(count == 2 for count in ledger.handed.values()) <= 8
    assert not ledger.elsewhere & set(map(int, ledger.handed))


def test_a_run_that_is_taken_over_with_its_last_results_sends_what_waits_by_then():
    ledger = Ledger(3, 10, random.Random(SEED), 0.0)
    another = replace(ledger.waiting[0], subscriber=Subscriber(9, "9@example.org"))
    relay = Relay(limits=RateLimits(connections=2), window=8)

    def answer(_envelope: Envelope) -> Outcome:
        if len(relay.taken) == 2:
            ledger.trouble = 1.0
            ledger.waiting.append(another)
        return SENT

    relay.answer = answer
    in_time(lambda: Engine([relay], lambda: NOON).deliver(ledger, ledger.address), ledger)
    assert ledger.results.keys() == {0, 1, 2, 9}
