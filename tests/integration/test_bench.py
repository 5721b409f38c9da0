"""The bench runs, in its smallest size; what it measures then means nothing."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from threading import Thread

import pytest

from tests.bench import tools
from tests.bench.clients import Missing
from tests.bench.proxy import far, round_trip
from tests.bench.rounds import Row, measure, table
from tests.bench.send import Goal, reached
from tests.bench.senders import Answer, Order
from tests.integration.conftest import Inbox, serve
from tests.sampling import whole


def bench(part: str, *args: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{part}", *args],
        cwd=tools.ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def cells(output: str, name: str) -> list[list[str]]:
    """The lines of tables that begin with this name."""
    lines = [line[2:-2].split(" | ") for line in output.splitlines() if line[:1] == "|"]
    return [line for line in lines if line[0].startswith(name)]


@whole
@pytest.mark.skipif(tools.postfix() is not None, reason=str(tools.postfix()))
def test_every_client_has_its_rates_and_what_is_missing_is_named():
    output = bench("send", "--messages=40", "--rounds=1")
    assert len(cells(output, "smtp-source")) == 2
    assert len(cells(output, "this engine")) == 6 + 1
    for name, missing in (("Django", tools.django()), ("nodemailer", tools.nodemailer())):
        for row in cells(output, name):
            assert (f"skipped: {missing}" in row) == (missing is not None), output
    assert len(cells(output, "Django")) == 3
    assert len(cells(output, "nodemailer")) == 2


def test_what_is_not_installed_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert tools.nodemailer() == "Node.js is not installed"


@whole
def test_pictures_are_cut_beside_pillow_alone():
    assert "Ratio" in bench("pictures", "--pictures=2", "--rounds=1")


@whole
@pytest.mark.skipif(tools.postfix() is not None, reason=str(tools.postfix()))
def test_each_kind_of_receiver_is_beside_a_send_without_any():
    output = bench("webhooks", "--messages=20", "--events=5", "--rounds=1")
    assert len(cells(output, "no webhook")) == 2, output  # a second one says what is noise
    for name in ("away", "answers 500", "five seconds each", "takes all"):
        assert len(cells(output, name)) == 2, output  # beside a send, and the telling alone


@whole
def test_an_issue_is_sent_to_many_in_stretches():
    output = bench("million", "--subscribers=2000", "--beside=1000")
    assert len(cells(output, "from ")) == 5, output
    assert "memory of the sending process" in output


@whole
def test_what_a_message_costs_is_told_for_both_databases_and_several_workers():
    output = bench("scale", "--messages=200", "--rounds=1")
    assert [row[:2] for row in cells(output, "SQLite")] == [["SQLite", "1"]]
    assert [row[1] for row in cells(output, "PostgreSQL")] == ["1", "2", "4"]
    assert "updates of deliveries were HOT" in output


@whole
@pytest.mark.skipif(tools.postfix() is not None, reason=str(tools.postfix()))
def test_a_whole_run_is_measured_beside_the_load_generator():
    output = bench("whole", "--messages=50", "--rounds=1")
    assert len(cells(output, "digest run")) == 1, output


@whole
def test_an_archive_is_searched_on_both_databases():
    output = bench("search", "--stories=500", "--queries=2", "--goal=1000")
    for database in ("SQLite", "PostgreSQL"):
        assert len(cells(output, database)) == 12, output


class Steady:
    """A client that needs as long as it is told."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = list(seconds)
        self.messages: list[int] = []

    def order(self, order: Order) -> Answer:
        self.messages.append(order["messages"])
        return Answer(messages=order["messages"], seconds=self.seconds.pop(0), bytes=66)


def test_rates_are_compared_round_by_round():
    fast, slow = Steady(9, 1, 2, 4), Steady(9, 2, 8, 8)
    rows = [
        Row("fast", fast, 1000, {}),
        Row("slow", slow, 100, {}),
        Row("absent", Missing("absent is not installed"), 100, {}),
    ]
    measure(rows, rounds=3)
    assert fast.messages == [100, 1000, 1000, 1000], "a tenth to warm up"
    assert cells(table(rows, rows[0]), "") == [
        ["who", "messages a round", "bytes", "messages/s", "ratio to fast"],
        ["---", "--:", "--:", "--:", "--:"],
        ["fast", "1,000", "66", "500 (250 to 1,000)", "1.00 (1.00 to 1.00)"],
        ["slow", "100", "66", "12.5 (12.5 to 50.0)", "0.05 (0.03 to 0.05)"],
        ["absent", "", "", "skipped: absent is not installed", ""],
    ]
    goals = [Goal(rows[0], rows[1], 12), Goal(rows[0], rows[1], 30), Goal(rows[0], rows[2], 1)]
    assert reached(goals).splitlines() == [
        "- fast / slow: 20.00 (20.00 to 40.00), at least 12: reached",
        "- fast / slow: 20.00 (20.00 to 40.00), at least 30: NOT reached",
    ]


def test_the_proxy_puts_a_server_as_far_away_as_it_is_told():
    with serve(Inbox()) as port, far(port, 0.020) as away:
        # Of several the quickest: a machine that is busy slows most of them.
        assert min(round_trip(port) for _ in range(5)) < 0.020
        assert 0.020 <= min(round_trip(away) for _ in range(5)) < 0.100


def test_the_proxy_keeps_bytes_in_order_and_is_no_bottleneck():
    data = os.urandom(20_000_000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=echo_one, args=(server,), daemon=True).start()
        with far(server.getsockname()[1], 0.020) as away:
            begin = time.perf_counter()
            back = sent_and_returned(away, data)
    assert back == hashlib.sha256(data).digest()
    # A message of 66 kB every 20 ms is a sixth of that.
    assert len(data) / (time.perf_counter() - begin) > 20e6


def echo_one(server: socket.socket) -> None:
    wire, _ = server.accept()
    with wire:
        while data := wire.recv(1 << 16):
            wire.sendall(data)


def sent_and_returned(port: int, data: bytes) -> bytes:
    """The hash of what comes back."""
    seen = hashlib.sha256()

    def send() -> None:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)

    with socket.create_connection(("127.0.0.1", port)) as wire:
        sending = Thread(target=send)
        sending.start()
        while piece := wire.recv(1 << 16):
            seen.update(piece)
        sending.join()
    return seen.digest()
