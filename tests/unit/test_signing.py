"""The second process: it signs as we would, is done without, and outlives nobody."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from digest.deliver.dkim import Signer, raw_signature
from digest.deliver.queue.engine import Engine
from digest.deliver.signing import SigningProcess
from digest.model import Claim, Envelope, Outcome, Subscriber, Verdict
from digest.render.links import Links
from digest.render.mail import Renderer
from digest.services.delivery import ahead
from digest.services.delivery.ahead import Ahead
from digest.services.issues.messages import IssueMessages
from tests.builders import NOON, issue, newsletter
from tests.fakes import FakeLedger, Relay
from tests.unit.test_dkim import KEYS, verified

LINKS = Links("https://news.example.org", "a key")
SIGNER = Signer((KEYS["rsa"], KEYS["ed25519"]))
DIGESTS = [bytes([number]) * 32 for number in range(40)]


def rsa_key() -> RSAPrivateKey:
    key = SIGNER.rsa_key
    assert key is not None
    return key


def claim(number: int) -> Claim:
    return Claim(1, Subscriber(number, f"{number}@example.org"), frozenset(), 1)


@pytest.fixture(scope="module")
def room() -> IssueMessages:
    rendered = Renderer((), LINKS).render(issue(), newsletter())
    return IssueMessages(issue(), rendered, newsletter(), LINKS, lambda: NOON, SIGNER)


@pytest.fixture
def process() -> Iterator[SigningProcess]:
    with SigningProcess(rsa_key()) as process:
        wait_for(process.has_begun)
        yield process


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill(process: SigningProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: is_over(process.pid))


def is_over(pid: int) -> bool:
    """Whether a process has ended, even if nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_signs_as_we_would_and_in_order(process: SigningProcess):
    process.ask(DIGESTS)
    assert [process.answer() for _ in DIGESTS] == [raw_signature(rsa_key(), d) for d in DIGESTS]


def test_it_ends_with_its_owner_and_says_nothing(capfd: pytest.CaptureFixture[str]):
    with SigningProcess(rsa_key()) as process:
        wait_for(process.has_begun)
        process.ask(DIGESTS)
    assert is_over(process.pid)
    assert capfd.readouterr() == ("", "")


def test_it_ends_although_its_owner_was_killed():
    program = (
        "import sys, time\n"
        "from digest.deliver.dkim import generate_key, load_key\n"
        "from digest.deliver.signing import SigningProcess\n"
        "key = load_key(generate_key('rsa'), domain='example.org', selector='x', origin='x').key\n"
        "process = SigningProcess(key)\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert not is_over(pid)
        owner.kill()
    wait_for(lambda: is_over(pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_tells_the_run_to_stop_does_not_stop_it(process: SigningProcess, number: int):
    os.kill(process.pid, number)
    process.ask(DIGESTS)
    assert [process.answer() for _ in DIGESTS] == [raw_signature(rsa_key(), d) for d in DIGESTS]


def test_that_it_has_died_is_told(process: SigningProcess):
    kill(process)
    with pytest.raises(ConnectionError):
        process.answer()
    with pytest.raises(ConnectionError):
        process.ask(DIGESTS)


def test_messages_made_ahead_are_those_that_would_be_made_at_once(
    room: IssueMessages, process: SigningProcess
):
    claims = [claim(number) for number in range(150)]
    executor = Ahead(room, SIGNER, rsa_key(), process)
    executor.expect(claims)
    # Not in the order that was expected, some twice, and some that nobody spoke of.
    asked = [*claims[50:], *claims[:60], *map(claim, range(200, 210))]
    assert [executor.envelope(one) for one in asked] == [room.envelope(one) for one in asked]


def test_both_signatures_verify(room: IssueMessages, process: SigningProcess):
    executor = Ahead(room, SIGNER, rsa_key(), process)
    executor.expect([claim(number) for number in range(3)])
    executor.envelope(claim(0))
    envelope = executor.envelope(claim(1))
    assert envelope is not None
    assert verified(envelope.message, *SIGNER.keys) == [True, True]


@pytest.mark.parametrize("count", [0, 1, 100, 233])
def test_where_it_dies_everyone_still_gets_the_same_mail_once(
    room: IssueMessages, process: SigningProcess, count: int
):
    got: dict[str, Envelope] = {}

    def take(envelope: Envelope) -> Outcome:
        if len(got) == count:
            kill(process)
        assert envelope.name not in got
        got[envelope.name] = envelope
        return Outcome(Verdict.SENT, "250 ok", 250)

    ledger = FakeLedger(300, batch=100)
    executor = Ahead(room, SIGNER, rsa_key(), process)
    engine = Engine([Relay(answer=take)], lambda: NOON)
    tally = engine.deliver(ledger, executor.envelope, executor.expect)
    assert (tally.stopped, ledger.claimed, ledger.most_claimed) == (None, set(), 100)
    assert len(got) == 300
    assert all(room.envelope(claim(number)) in got.values() for number in range(300))


def test_a_large_issue_is_sent_with_it_and_leaves_nothing_behind(room: IssueMessages):
    before = children()
    seen: set[int] = set()

    def take(_envelope: Envelope) -> Outcome:
        seen.update(children() - before)
        return Outcome(Verdict.SENT, "250 ok", 250)

    def send(count: int) -> None:
        engine = Engine([Relay(answer=take)], lambda: NOON)
        tally = ahead.deliver(engine, FakeLedger(count, batch=100), room, count)
        assert tally.results.total() == count

    send(20)
    assert not seen, "a few are signed in less time than it takes to begin"
    send(600)
    assert bool(seen) == (os.cpu_count() != 1)
    assert children() == before


def test_where_no_process_can_be_started_the_issue_is_sent_all_the_same(room: IssueMessages):
    def refuse(_key: RSAPrivateKey) -> SigningProcess:
        raise OSError(11, "Resource temporarily unavailable")

    got: list[Envelope] = []

    def take(envelope: Envelope) -> Outcome:
        got.append(envelope)
        return Outcome(Verdict.SENT, "250 ok", 250)

    engine = Engine([Relay(answer=take)], lambda: NOON)
    tally = ahead.deliver(engine, FakeLedger(600, batch=100), room, 600, refuse)
    assert (tally.stopped, len(got)) == (None, 600)
    assert verified(got[-1].message, *SIGNER.keys) == [True, True]


def children() -> set[int]:
    """The processes that this one has started and that are not over."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
