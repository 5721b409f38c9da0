"""What is taken of a form that everybody may fill in."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.addresses import LONGEST_ADDRESS
from digest.model import Topic, TopicTree
from digest.services.subscribers.names import LONGEST_NAME, harmless_name
from digest.services.subscribers.signup_form import SignupFields, offer, read
from digest.services.subscribers.signup_limits import FormTimestamps
from tests.builders import NOON, TREE, newsletter

STAMPS = FormTimestamps(("a key", "an old key"))


def test_a_form_that_is_well_filled_in_is_a_subscription():
    typed = SignupFields(
        email=" Ann@Example.ORG ",
        name="Ann",
        topics=("space", "space"),
        timezone="Europe/Berlin",
        hour="7",
    )
    wanted = read(typed, newsletter(), TREE).subscription
    assert wanted is not None
    assert wanted.email == "Ann@example.org"
    assert (wanted.name, wanted.topics) == ("Ann", ("space",))
    assert (wanted.timezone, wanted.hour) == ("Europe/Berlin", 7)


def test_what_is_left_open_is_the_newsletters_own():
    wanted = read(SignupFields(email="ann@example.org"), newsletter(), TREE).subscription
    assert wanted is not None
    assert (wanted.name, wanted.topics, wanted.timezone, wanted.hour) == ("", (), None, None)


@pytest.mark.parametrize("chosen", [("science", "culture"), ("space", "medicine", "culture")])
def test_all_topics_are_no_choice_so_a_new_topic_comes_too(chosen):
    wanted = read(
        SignupFields(email="ann@example.org", topics=chosen), newsletter(), TREE
    ).subscription
    assert wanted is not None
    assert wanted.topics == ()


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("email", "", "missing"),
        ("email", "   ", "missing"),
        ("email", "ann", "malformed"),
        ("email", "ann@", "malformed"),
        ("email", "ann@localhost", "malformed"),
        ("email", "ann@example.org, bob@example.org", "malformed"),
        ("email", "Ann <ann@example.org>", "malformed"),
        ("email", "ann@example.org\r\nBcc: bob@example.org", "malformed"),
        ("email", "ann\x00@example.org", "malformed"),
        ("email", "a" * LONGEST_ADDRESS + "@example.org", "malformed"),
        ("topics", ("space", "gossip"), "unknown"),
        ("timezone", "Mars/Olympus", "unknown"),
        ("timezone", "../../etc/passwd", "unknown"),
        ("timezone", "Europe", "unknown"),
        ("timezone", "x" * 5000, "unknown"),
        ("hour", "24", "unknown"),
        ("hour", "-1", "unknown"),
        ("hour", "seven", "unknown"),
        ("hour", "٧", "unknown"),
    ],
)
def test_a_fault_stands_beside_its_field(field, value, fault):
    typed = SignupFields(**{"email": "ann@example.org", field: value})
    found = read(typed, newsletter(), TREE)
    assert found.subscription is None
    assert dict(found.faults) == {field: fault}


def test_all_faults_are_told_at_once():
    typed = SignupFields(email="ann", topics=("gossip",), timezone="Mars", hour="x")
    assert set(read(typed, newsletter(), TREE).faults) == {"email", "topics", "timezone", "hour"}


def test_a_topic_that_the_newsletter_does_not_bring_is_unknown_to_it():
    typed = SignupFields(email="ann@example.org", topics=("culture",))
    assert read(typed, newsletter(topics=("science",)), TREE).faults == {"topics": "unknown"}


def test_a_topic_above_all_others_is_not_offered_since_it_is_all():
    lines = offer(TREE, newsletter(topics=("science",)), ("space",))
    assert [(line.topic.id, line.depth, line.taken) for line in lines] == [
        ("space", 0, True),
        ("medicine", 0, False),
    ]
    assert [line.topic.id for line in offer(TREE, newsletter(), ())][:2] == ["science", "space"]
    alone = TopicTree((Topic("science", "Science"),))
    assert [line.topic.id for line in offer(alone, newsletter(), ())] == ["science"]


@pytest.mark.parametrize(
    "name",
    ["Ann", "Mary-Jane O'Brien", "J.R.R. Tolkien", "محمد", "Łukasz Żółw", "Louis XIV", "王小明"],
)
def test_a_name_is_kept(name):
    assert harmless_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "Win now http://evil.example",
        "evil.example",
        "t.me/x",
        "ann@example.org",
        "You have won a lot of money",
        "Call 555123",
        "Ann\nBcc: bob",
        "Ann\r\n\r\nHello",
        "Hello! Click",
        "<b>Ann</b>",
        "x" * (LONGEST_NAME + 1),
        "\u202e\u202e",
    ],
)
def test_what_may_be_a_message_is_no_name(text):
    assert harmless_name(text) == ""


@given(st.text(max_size=200))
@example("Ann \u2028 Bcc")
def test_no_text_makes_a_name_that_carries_anything(text):
    name = harmless_name(text)
    assert len(name) <= LONGEST_NAME
    assert len(name.split()) <= 4
    assert name.isprintable() or not name.isascii()
    assert not set(name) & set('@/<>:\r\n\t\x00"')


@given(
    st.builds(
        SignupFields,
        email=st.text(max_size=300),
        name=st.text(max_size=300),
        topics=st.lists(st.text(max_size=10), max_size=3).map(tuple),
        timezone=st.text(max_size=100),
        hour=st.text(max_size=5),
    )
)
def test_any_text_is_read_or_has_faults(typed):
    found = read(typed, newsletter(), TREE)
    assert (found.subscription is None) == bool(found.faults)


@pytest.mark.parametrize(
    ("open_for", "fresh"),
    [
        (timedelta(seconds=1), False),
        (timedelta(seconds=2), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (timedelta(seconds=-5), False),
    ],
)
def test_a_form_is_open_for_as_long_as_a_person_takes(open_for, fresh):
    assert STAMPS.is_fresh(STAMPS.make(NOON), NOON + open_for) is fresh


@pytest.mark.parametrize("stamp", ["", "1.2", "x", "1763726400.AAAA", "ü.ü", "9" * 400 + ".x"])
def test_a_stamp_that_we_did_not_make_is_none(stamp):
    assert not STAMPS.is_fresh(stamp, NOON)


def test_a_stamp_outlives_its_key_and_the_newest_key_makes_it():
    minute = NOON + timedelta(minutes=1)
    assert STAMPS.is_fresh(FormTimestamps(("an old key",)).make(NOON), minute)
    assert FormTimestamps(("a key",)).is_fresh(STAMPS.make(NOON), minute)
    assert not FormTimestamps(("another key",)).is_fresh(STAMPS.make(NOON), minute)
