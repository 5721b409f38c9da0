"""/health of a process without a site."""

import socket
import urllib.error
import urllib.request

import pytest

from digest.errors import DigestError
from digest.health_server import health_server


def status_of(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_answers_whether_the_process_lives_and_nothing_else():
    alive = [True]
    with health_server("127.0.0.1", 0, lambda: alive[0]) as port:
        assert status_of(port, "/health") == 200
        assert status_of(port, "/") == 404
        alive[0] = False
        assert status_of(port, "/health") == 503
    with pytest.raises(urllib.error.URLError):
        status_of(port, "/health")


def test_a_client_that_says_nothing_keeps_nobody_else_waiting():
    with (
        health_server("127.0.0.1", 0, lambda: True) as port,
        socket.create_connection(("127.0.0.1", port)),
    ):
        assert status_of(port, "/health") == 200


def test_a_port_that_is_taken_is_said_in_words():
    with (
        health_server("127.0.0.1", 0, lambda: True) as port,
        pytest.raises(DigestError, match="another program listens there"),
        health_server("127.0.0.1", port, lambda: True),
    ):
        pass
