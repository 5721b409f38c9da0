"""The tagged Return-Path: signed, short enough, and read whatever happened to its letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.links import Links
from digest.render.message import VariantMessages
from digest.render.return_path import ReturnPath
from digest.setting_rules import LONGEST_BOUNCE_MAILBOX
from digest.settings import BouncesSettings
from tests.builders import NOON, issue, newsletter
from tests.unit.test_message import LINKS, MAIL, SUBSCRIBER

PATH = ReturnPath("a key", "bounces@example.org")
NUMBERS = st.integers(1, 10**12)


@given(st.integers(1, 10**9 - 1), st.integers(1, 10**12 - 1))
def test_a_tag_names_issue_and_subscriber_in_any_case_and_place(issue_id, subscriber_id):
    address = PATH.address(issue_id, subscriber_id)
    local, _, domain = address.partition("@")
    for written in (address, address.upper(), f"Ada <{address}>", f"SRS0=a=b={domain}={local}@x.y"):
        assert PATH.read(written) == (issue_id, subscriber_id)


@given(st.integers(1, 10**9 - 1), st.integers(1, 10**12 - 1))
def test_the_longest_mailbox_that_is_allowed_leaves_room_for_the_tag(issue_id, subscriber_id):
    mailbox = "b" * LONGEST_BOUNCE_MAILBOX + "@example.org"
    BouncesSettings(address=mailbox)
    address = ReturnPath("a key", mailbox).address(issue_id, subscriber_id)
    assert len(address.partition("@")[0]) <= 64


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_tag_holds_for_no_other_subscriber_and_under_no_other_key(issue_id, subscriber_id, other):
    address = PATH.address(issue_id, subscriber_id)
    if other != subscriber_id:
        assert PATH.read(address.replace(f".{subscriber_id}.", f".{other}.")) is None
    assert ReturnPath("another key", "bounces@example.org").read(address) is None


@given(st.text())
def test_no_text_of_others_is_a_tag(text):
    assert PATH.read(text) is None
    assert PATH.read(f"bounces+1.2.{text}@example.org") is None


def test_of_several_tags_the_first_that_holds_counts():
    good = PATH.address(12, 7)
    assert PATH.read(f"bounces+12.8.{'0' * 20}@example.org, {good}") == (12, 7)


def test_a_signature_of_a_link_is_none_of_a_return_path():
    """Purposes are bound into the keys."""
    token = Links("https://x.test", "a key").unsubscribe("12", 7).rpartition(".")[2]
    assert PATH.read(f"bounces+12.7.{token[:20]}@example.org") is None


@pytest.mark.parametrize(
    "address",
    ["bounces", "bounces+x@example.org", "bö@example.org", "b" * 21 + "@example.org", "a b@x.org",
     "a@b@example.org", "<a@example.org>", "@example.org", ".a@example.org"],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_tagged_is_refused(address):
    with pytest.raises(ValueError, match="must be an address"):
        BouncesSettings(address=address)


def variant_messages(links: Links) -> VariantMessages:
    return VariantMessages(MAIL, issue(), newsletter(), links)


def test_the_envelope_has_the_tag_and_the_headers_stay():
    links = Links("https://news.example.org", "a key", "leave@example.org", "bounces@example.org")
    tagged = variant_messages(links).envelope(SUBSCRIBER, NOON, 12)
    plain = variant_messages(LINKS).envelope(SUBSCRIBER, NOON, 12)
    assert links.return_path().read(tagged.sender) == (12, SUBSCRIBER.id)
    assert tagged.sender.startswith("bounces+")
    assert plain.sender == "daily@example.org"
    assert tagged.message == plain.message
    assert b"Return-Path" not in tagged.message


def test_a_preview_has_the_plain_sender():
    links = Links("https://news.example.org", "a key", bounce_mailbox="bounces@example.org")
    assert variant_messages(links).envelope(SUBSCRIBER, NOON).sender == "daily@example.org"
