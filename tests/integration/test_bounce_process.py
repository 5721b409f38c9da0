"""Letters that are too dear are told as unreadable; the others are read, in the same run."""

import operator
import re
import time
from functools import partial
from pathlib import Path

import pytest

from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.child_process import LetterProcess
from digest.deliver.bounces.report import read_bounce
from digest.model import BounceKind
from digest.render.links import Links

LINKS = Links("https://news.example.org", "a key", "leave@example.org", "bounces@example.org")
SEALS = SignedAddresses(LINKS.return_path().read, partial(LINKS.read_token, "unsubscribe"))
LETTER = Path(__file__).parents[1] / "unit" / "bounces" / "postfix-unknown-user.eml"
REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
STATUS = REPORT + b"\n--b\nContent-Type: message/delivery-status\n\n"


def test_a_letter_is_read_as_in_this_process():
    content = LETTER.read_bytes()
    with LetterProcess(partial(read_bounce, seals=SEALS)) as read:
        assert read(content) == read(content) == read_bounce(content, SEALS)


@pytest.mark.parametrize(
    ("subscriber", "dear"),
    [
        (partial(re.fullmatch, rb"(a+)+b"), b"a" * 60),
        (partial(operator.mul, 4_000), b"a" * 1_000_000),
    ],
    ids=["processor", "memory"],
)
def test_one_that_is_too_dear_costs_itself_alone(subscriber, dear):
    with LetterProcess(subscriber) as read:
        told = read(dear)
        assert told.kind is BounceKind.UNREADABLE
        assert "processor" in told.reason
        assert not isinstance(read(b""), type(told))


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: failure notice\n\n" + b"\n" * 4_000_000,
        b"Subject: failure notice\n\n" + b"-" * 4_000_000,
        b"Subject: failure notice\n\n" + b"-- returned " * 300_000 + b":",
        b"Content-Type: multipart/report; " + b"a;" * 256_000 + b"\n\n",
        REPORT + b"\n" + b"--b\nContent-Type: text/plain;" * 100_000,
        STATUS + b'Action: failed\nDiagnostic-Code: smtp; @ "' + b'\\"' * 100_000 + b"\n\n--b--\n",
        STATUS + b"Action: failed\n\n" * 90_000,
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" * 1_000_000,
        b"Content-Type: text/html\n\n" + b"<p" * 1_000_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\n",
        nested(90) + b"x\n" * 1_000_000,
        b"550 user " * 400_000,
        b"A: b\n" * 500_000,
    ],
    ids=range(13),
)  # fmt: skip
def test_no_letter_takes_a_second_of_the_processor(content):
    tagged = b"Delivered-To: " + LINKS.return_path().address(12, 7).encode() + b"\n" + content
    begin = time.process_time()
    read_bounce(tagged, SEALS)
    assert time.process_time() - begin < 1
