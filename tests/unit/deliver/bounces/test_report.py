"""What came back, read: a message and what is expected of it lie side by side in bounces/."""

import tomllib
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.report import read_bounce
from digest.model import Addressee, Bounce, BounceKind
from digest.render.links import Links
from tests.paths import ROOT
from tests.sampling import examples

MESSAGES = sorted((ROOT / "tests/data/bounces").glob("*.eml"))
LINKS = Links("https://news.example.org", "a key", "leave@example.org", "bounces@example.org")
OTHER = Links("https://news.example.org", "another key")


def seals(links: Links = LINKS) -> SignedAddresses:
    return SignedAddresses(links.return_path().read, partial(links.read_token, "unsubscribe"))


def expected(message: Path) -> dict[str, object]:
    return tomllib.loads(message.with_suffix(".toml").read_text("utf-8"))


def found(bounce: Bounce) -> dict[str, object]:
    about = bounce.about
    told = {
        "expect": bounce.kind.value,
        "status": bounce.status,
        "reason": bounce.reason,
        "issue": about.issue_id if about else None,
        "subscriber": about.subscriber_id if about else None,
        "newsletter": about.newsletter if about else None,
    }
    return {name: value for name, value in told.items() if value is not None}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_each_message_is_understood(message):
    wanted = expected(message)
    wanted.pop("trusted_as", None)
    told = found(read_bounce(message.read_bytes(), seals()))
    if wanted["expect"] == "unsigned":
        told.pop("status", None)
        wanted.pop("status", None)
    assert told == wanted


@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_it_means_the_same_with_the_line_ends_of_the_wire(message):
    content = message.read_bytes()
    wire = content.replace(b"\n", b"\r\n")
    assert read_bounce(wire, seals()) == read_bounce(content, seals())


@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_with_another_key_nothing_is_about_anybody(message):
    told = read_bounce(message.read_bytes(), seals(OTHER))
    assert told.about is None
    wanted = expected(message)["expect"]
    if wanted not in ("auto-reply", "notice", "unreadable"):
        assert told.kind is BounceKind.UNSIGNED


@pytest.mark.parametrize("message", MESSAGES, ids=lambda path: path.stem)
def test_a_message_id_counts_only_where_the_unsigned_is_trusted(message):
    wanted = expected(message)
    told = read_bounce(message.read_bytes(), seals(), trust_unsigned=True)
    assert told.kind == wanted.get("trusted_as", wanted["expect"])
    if "trusted_as" in wanted:
        assert told.about is not None
        assert not told.about.signed
        assert (told.about.newsletter, told.about.subscriber_id) == ("daily", 7)


def test_a_line_from_of_a_pipe_is_no_header():
    content = b"From MAILER-DAEMON Sat Nov 21 06:00:09 2026\n" + MESSAGES[0].read_bytes()
    assert read_bounce(content, seals()) == read_bounce(MESSAGES[0].read_bytes(), seals())


def test_the_address_that_it_came_to_goes_before_what_was_returned():
    content = (ROOT / "tests/data/bounces" / "postfix-unknown-user.eml").read_bytes()
    mine = LINKS.return_path().address(12, 7).encode()
    other = LINKS.return_path().address(13, 9).encode()
    head, blank, rest = content.partition(b"\n\n")
    told = read_bounce(head.replace(mine, other) + blank + rest, seals())
    assert told.about == Addressee(9, signed=True, issue_id=13)


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n",
        b"Content-Type: message/delivery-status\n", b"Content-Type: message/rfc822\n",
        b"Content-Type: text/rfc822-headers; charset=nonsense\n", b"\n--b\n", b"\n--b--\n", b"\n",
        b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n",
        b"Action: failed\nStatus: 5.1.1\n", b"Diagnostic-Code: smtp; 550 5.1.1 user unknown\n",
        b"Feedback-Type: abuse\n", b"Subject: unsubscribe daily.7.AAAAAAAAAAAAAAAAAAAAAAAA\n",
        b"Subject: =?x?q?=?=\n", b"To: bounces+12.7.0123456789abcdef0123@example.org\n",
        b"Return-Path: <bounces+12.7.0123456789abcdef0123@example.org>\n",
        b"Message-ID: <daily-2026-11-21-7@example.org>\n",
        b"Message-ID: <daily-2026-13-41-7@example.org>\n",
        b"X-Failed-Recipients: ada@example.net\n",
        b"Hi. This is the qmail-send program\n\n<a@b>:\n",
    ]
)  # fmt: skip
SHAPED = st.lists(PIECES | st.binary(max_size=60), max_size=14).map(b"".join)


@given(st.binary(max_size=2000) | SHAPED, st.booleans())
@settings(max_examples=examples(400), deadline=None)
def test_whatever_comes_nothing_is_raised_and_nobody_is_signed_for(content, trust):
    told = read_bounce(content, seals(), trust_unsigned=trust)
    assert told.about is None or (trust and not told.about.signed)


@given(st.sampled_from(MESSAGES), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_a_message_with_holes_is_about_its_subscriber_or_nobody(message, data):
    content = message.read_bytes()
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, len(content)))
    told = read_bounce(content[:begin] + data.draw(st.binary(max_size=9)) + content[end:], seals())
    assert told.about is None or (told.about.signed and told.about.subscriber_id == 7)
