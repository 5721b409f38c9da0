"""The signed links: for one purpose and one person, forged by nobody, and good for years."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.links import Links
from digest.render.return_path import ReturnPath

SITE = "https://news.example.org"
LINKS = Links(SITE, "the first key", "leave@example.org")
ROTATED = Links(SITE, "the second key", "leave@example.org", old_keys=("the first key",))
TWICE = Links(SITE, "the third key", old_keys=("the first key", "the second key"))
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
NUMBERS = st.integers(1, 2**63 - 1)


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


@given(NAMES, NUMBERS)
def test_a_token_says_for_which_newsletter_and_whom_it_is(newsletter, number):
    for purpose in ("unsubscribe", "preferences"):
        token = token_of(getattr(LINKS, purpose)(newsletter, number))
        assert LINKS.read_token(purpose, token) == (newsletter, number)


@given(NUMBERS)
def test_the_token_of_a_sign_up_or_of_an_address_says_which(number):
    assert LINKS.read_number("confirm", token_of(LINKS.confirm(number))) == number
    assert LINKS.read_number("address", token_of(LINKS.confirm_address(number))) == number


def test_a_token_opens_only_what_it_was_made_for():
    leave, choose = LINKS.unsubscribe("daily", 7), LINKS.preferences("daily", 7)
    assert LINKS.read_token("preferences", token_of(leave)) is None
    assert LINKS.read_token("unsubscribe", token_of(choose)) is None
    assert LINKS.read_number("address", token_of(LINKS.confirm(7))) is None
    assert LINKS.read_number("confirm", token_of(LINKS.confirm_address(7))) is None


def test_a_link_has_no_address_in_it():
    for link in (LINKS.unsubscribe("daily", 7), LINKS.preferences("daily", 7), LINKS.confirm(7)):
        assert "@" not in link
        assert "%40" not in link


@given(st.text(max_size=60))
def test_no_text_of_others_is_a_token(text):
    for name in ("unsubscribe", "preferences"):
        assert LINKS.read_token(name, text) is None
        assert LINKS.read_token(name, f"daily.7.{text}") is None
    assert LINKS.read_number("address", text) is None
    assert LINKS.read_number("address", f"7.{text}") is None


@given(st.data())
def test_a_token_with_one_character_changed_missing_or_more_is_none(data):
    token = token_of(LINKS.unsubscribe("daily", 7))
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != token[at]))
    # The last character of a signature holds two bits that say nothing.
    if at < len(token) - 1:
        assert LINKS.read_token("unsubscribe", token[:at] + other + token[at + 1 :]) is None
    assert LINKS.read_token("unsubscribe", token[:at]) is None
    assert LINKS.read_token("unsubscribe", token + other) is None


@pytest.mark.parametrize(
    "text", ["", ".", "..", "daily.7.", "\ud800", "ü" * 50, "a" * 10_000_000, "daily.7\x00.x"]
)
def test_what_is_no_token_at_all_is_refused(text):
    assert LINKS.read_token("unsubscribe", text) is None
    assert LINKS.read_number("confirm", text) is None


@pytest.mark.parametrize("later", [ROTATED, TWICE], ids=["once", "twice"])
def test_links_of_old_mails_work_after_the_key_was_changed(later):
    assert later.read_token("unsubscribe", token_of(LINKS.unsubscribe("daily", 7))) == ("daily", 7)
    assert later.read_token("preferences", token_of(LINKS.preferences("daily", 7))) == ("daily", 7)
    assert later.read_number("confirm", token_of(LINKS.confirm(7))) == 7
    assert later.return_path().read(_tagged(LINKS)) == (12, 7)


def test_new_links_are_signed_with_the_new_key_alone():
    alone = Links(SITE, "the second key")
    assert alone.read_token("unsubscribe", token_of(ROTATED.unsubscribe("daily", 7)))
    assert LINKS.read_token("unsubscribe", token_of(ROTATED.unsubscribe("daily", 7))) is None
    assert alone.return_path().read(_tagged(ROTATED)) == (12, 7)
    assert LINKS.return_path().read(_tagged(ROTATED)) is None


def test_a_key_that_was_taken_out_opens_nothing_any_more():
    alone = Links(SITE, "the second key")
    assert alone.read_token("unsubscribe", token_of(LINKS.unsubscribe("daily", 7))) is None
    assert alone.return_path().read(_tagged(LINKS)) is None


def _tagged(links: Links) -> str:
    return ReturnPath(links.key, "bounces@example.org", links.old_keys).address(12, 7)
