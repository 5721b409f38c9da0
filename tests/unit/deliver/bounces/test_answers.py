"""An answer to a test mail is a comment at the draft; nobody can make one up."""

from datetime import date
from email.message import EmailMessage

import pytest

from digest.deliver.bounces.addressee import SignedAddresses
from digest.deliver.bounces.report import read_bounce
from digest.model import BounceKind, DraftComment
from digest.render.draft_address import DraftAddress

DAY = date(2026, 11, 21)
OURS = DraftAddress("k" * 40, "bounces@example.org", ["daily", "weekly"])
SEALS = SignedAddresses(lambda _: None, lambda _: None, OURS.read)


def answer(text: str, to: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Ben <ben@example.org>"
    message["To"] = to or OURS.address("weekly", DAY)
    message["Subject"] = "Re: [Test] Moon found"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The lead is old.\n\nSecond thoughts?\n", "The lead is old.\n\nSecond thoughts?"),
        ("Fine.\n\nOn Sat, 21 Nov 2026 at 06:00, Daily <d@example.org> wrote:\n> Moon", "Fine."),
        ("Gut.\n\nAm 21.11.2026 um 06:00 schrieb Daily:\n> Moon", "Gut."),
        ("Yes\n> quoted\nmore", "Yes"),
        ("Yes\n-- \nBen", "Yes"),
        ("> only a quotation", "Re: [Test] Moon found"),
        ("x" * 9_000, "x" * 2_000),
    ],
)
def test_the_words_above_what_is_quoted_are_the_comment(text, words):
    bounce = read_bounce(answer(text), SEALS)
    assert bounce.kind is BounceKind.COMMENT
    assert bounce.comment == DraftComment("weekly", DAY, "ben@example.org", words)


def test_the_address_holds_whatever_the_case_and_fits_before_the_at():
    address = OURS.address("daily", DAY)
    assert OURS.read(address.upper()) == ("daily", DAY)
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "to",
    [
        "bounces+c20261122.{signature}@example.org",
        "bounces+c20261121.00000000000000000000@example.org",
        "bounces+c20269999.00000000000000000000@example.org",
    ],
)
def test_an_address_that_we_did_not_sign_is_no_comment(to):
    signature = OURS.address("daily", DAY).partition(".")[2].partition("@")[0]
    bounce = read_bounce(answer("Hello", to.format(signature=signature)), SEALS)
    assert bounce.comment is None
    assert bounce.kind is not BounceKind.COMMENT


def test_a_vacation_note_is_no_comment():
    assert read_bounce(answer("I am away", Auto_Submitted="auto-replied"), SEALS).comment is None
