"""A Message-ID says whom a message was for, and is read back from what servers return."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.message_id import MessageId, NamedDelivery

DAY = date(2026, 11, 21)


@given(
    newsletter=st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True),
    day=st.dates(date(1970, 1, 1), date(2999, 12, 31)),
    number=st.integers(1, 10**18 - 1),
)
def test_what_was_made_for_a_delivery_is_read_back_as_that_delivery(newsletter, day, number):
    made = MessageId.of_delivery(f"{newsletter}-{day.isoformat()}", number, "example.org")
    assert MessageId.read(f" {made} ") == made
    assert made.delivery == NamedDelivery(newsletter, day, number)


def test_it_looks_as_it_always_did():
    made = MessageId.of_delivery("daily-2026-11-21", 7, "example.org")
    assert (str(made), made.name) == ("<daily-2026-11-21-7@example.org>", "daily-2026-11-21-7")
    notice = MessageId.of_notice("confirm", DAY, 5, "example.org")
    assert str(notice) == "<confirm-20261121-5@example.org>"


def test_a_notice_is_no_delivery():
    assert MessageId.of_notice("address-changed", DAY, 5, "example.org").delivery is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "daily-2026-11-21-7@example.org",
        "<daily-2026-02-30-7@example.org>",
        "<daily-2026-11-21-0@example.org>",
        "<daily-2026-11-21-7x@example.org>",
        "<Daily-2026-11-21-7@example.org>",
        "<20261121060005.7C1D2@mail.example.org>",
        f"<{'a' * 400}-2026-11-21-7@example.org>",
    ],
)
def test_what_is_not_of_ours_names_nobody(header):
    found = MessageId.read(header)
    assert found is None or found.delivery is None
