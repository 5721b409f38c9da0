"""Letters that are too dear cost themselves alone, and those that are forged are about nobody."""

import operator
import re
import time
from functools import partial

import pytest

from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.child_process import LetterProcess
from digest.deliver.bounces.report import read_bounce
from digest.model import BounceKind
from digest.render.links import Links
from tests.paths import ROOT

LINKS = Links("https://news.example.org", "a key", "leave@example.org", "bounces@example.org")
SEALS = SignedAddresses(LINKS.return_path().read, partial(LINKS.read_token, "unsubscribe"))
LETTER = ROOT / "tests/data/bounces/postfix-unknown-user.eml"
REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
STATUS = REPORT + b"\n--b\nContent-Type: message/delivery-status\n\n"


def test_a_letter_is_read_as_in_this_process():
    content = LETTER.read_bytes()
    with LetterProcess(partial(read_bounce, seals=SEALS)) as read:
        assert read(content) == read(content) == read_bounce(content, SEALS)


@pytest.mark.parametrize(
    ("parse", "dear"),
    [
        (partial(re.fullmatch, rb"(a+)+b"), b"a" * 60),
        (partial(operator.mul, 4_000), b"a" * 1_000_000),
    ],
    ids=["processor", "memory"],
)
def test_one_that_is_too_dear_costs_itself_alone(parse, dear):
    with LetterProcess(parse) as read:
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
    # Of this thread: servers of other tests may run beside it. A second look has no first costs.
    read_bounce(tagged, SEALS)
    begin = time.thread_time()
    read_bounce(tagged, SEALS)
    assert time.thread_time() - begin < 1


def forged_tags() -> list[str]:
    """Return-Paths as near to a signed one as can be."""
    local, _, domain = LINKS.return_path().address(12, 7).rpartition("@")
    mailbox, _, tag = local.partition("+")
    other = Links("https://news.example.org", "another", bounce_mailbox="bounces@example.org")
    changed = [
        f"{tag[:place]}{'z' if tag[place] != 'z' else 'y'}{tag[place + 1 :]}"
        for place in range(len(tag) - 1)
    ]
    tags = [*changed, tag[:-1], tag + "a", tag[::-1], "", "12.7", "12-7", "a" * 60]
    return [
        *(f"{mailbox}+{each}@{domain}" for each in tags),
        other.return_path().address(12, 7),
        f"{mailbox}@{domain}",
    ]


@pytest.mark.parametrize("header", ["Delivered-To", "To", "Return-Path", "X-Original-To"])
def test_a_letter_with_a_forged_tag_is_about_nobody(header):
    told = (
        STATUS
        + b"Final-Recipient: rfc822; ada@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    signed = LINKS.return_path().address(12, 7)
    assert is_signed(f"{header}: {signed}\n".encode() + told) is (header != "Return-Path")
    for address in forged_tags():
        assert not is_signed(f"{header}: {address}\n".encode() + told), address


def is_signed(letter: bytes) -> bool:
    about = read_bounce(letter, SEALS).about
    return about is not None and about.signed
