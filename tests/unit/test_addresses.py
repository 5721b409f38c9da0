"""What an operator may name as an address of their own, and which addresses are of one mailbox."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from digest.addresses import counted_mailbox, is_own_address


def library_takes(local: str) -> bool:
    try:
        validate_email(f"{local}@example.org", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@given(st.text("ab9._+-'é \"", max_size=70))
@example("a" * 64)
@example("a" * 65)
@example("a..b")
@example(".a")
@example("a.")
@example("a\n")
def test_the_library_would_say_the_same_of_what_is_before_the_sign(local):
    assert is_own_address(f"{local}@mail.local") == library_takes(local)


@pytest.mark.parametrize("address", ["digest@mail.local", "a.b+c@example.org", "d@mailhost"])
def test_an_own_address_may_be_inside(address):
    assert is_own_address(address)


@pytest.mark.parametrize("address", ["", "@", "a@", "@b.test", "a b@c.test", "a@b c", "a@b.test "])
def test_what_is_none_is_refused(address):
    assert not is_own_address(address)


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Ann@Example.org", "ann@example.org"),
        ("ann+news+2@example.org", "ann@example.org"),
        ("+@example.org", "+@example.org"),
        ("a.n.n@example.org", "a.n.n@example.org"),
        ("a.n.n+x@googlemail.com", "ann@gmail.com"),
        ("a.nn@pm.me", "ann@proton.me"),
    ],
)
def test_addresses_of_one_mailbox_are_counted_as_one(email, mailbox):
    assert counted_mailbox(email) == mailbox
