"""What a subscriber's form comes to: what they chose, or all that is wrong with it."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.addresses import read_address, read_public_address
from digest.services.subscribers.names import harmless_name
from digest.services.subscribers.preferences_form import (
    Choices,
    FieldError,
    PreferencesFields,
    read_choices,
)
from tests.builders import DAY, TREE, newsletter

LANGUAGES = ("en", "de", "ar")


def read(filled: PreferencesFields, name_before: str = "") -> Choices | tuple[FieldError, ...]:
    return read_choices(filled, TREE, newsletter(), LANGUAGES, name_before, DAY)


def test_a_form_that_is_well_filled_in_is_what_was_chosen():
    filled = PreferencesFields(("space", "space"), "0", "Europe/Berlin", "brief", "Ann  Lee", "de")
    assert read(filled) == Choices(("space",), 0, "Europe/Berlin", "brief", "Ann Lee", "de")


def test_days_are_taken_in_the_order_of_the_week_where_an_issue_comes_on_one_of_them():
    assert read(PreferencesFields(days=("thu", "mon", "never"))) == Choices(
        (), None, None, None, "", None, ("mon", "thu")
    )
    weekly = newsletter(days=("mon",), time=time(6))
    for hour, days, is_reached in (
        ("7", ("mon",), True),
        ("5", ("mon",), False),
        ("5", ("tue",), True),
    ):
        filled = PreferencesFields(hour=hour, days=days)
        found = read_choices(filled, TREE, weekly, LANGUAGES, "", DAY)
        assert isinstance(found, Choices) == is_reached
        assert is_reached or found == (FieldError.DAYS,)


def test_whoever_takes_the_length_of_the_newsletter_takes_what_it_becomes():
    found = read(PreferencesFields(layout="magazine"))
    assert isinstance(found, Choices)
    assert found.layout is None


def test_what_is_left_open_is_the_newsletters_own():
    assert read(PreferencesFields(), "Ann") == Choices((), None, None, None, "", None)


@pytest.mark.parametrize(
    ("filled", "faults"),
    [
        (PreferencesFields(hour="24"), [FieldError.HOUR]),
        (PreferencesFields(layout="long"), [FieldError.LAYOUT]),
        (PreferencesFields(timezone="Mars"), [FieldError.ZONE]),
        (PreferencesFields(name="Win now! evil.example"), [FieldError.NAME]),
        (PreferencesFields(language="xx"), [FieldError.LANGUAGE]),
        (
            PreferencesFields((), "x", "x", "x", "x" * 61, "x"),
            [
                FieldError.HOUR,
                FieldError.LAYOUT,
                FieldError.ZONE,
                FieldError.NAME,
                FieldError.LANGUAGE,
            ],
        ),
    ],
)
def test_every_fault_is_told_in_the_order_of_the_fields(filled, faults):
    assert read(filled) == tuple(faults)


def test_a_name_that_stood_there_before_is_no_fault():
    before = "Ann (Acme, room 1234)"
    found = read(PreferencesFields(name=before), before)
    assert isinstance(found, Choices)
    assert found.name == before


@given(
    st.builds(
        PreferencesFields,
        topics=st.lists(st.text(max_size=10), max_size=3).map(tuple),
        hour=st.text(max_size=5),
        timezone=st.text(max_size=100),
        layout=st.text(max_size=10),
        name=st.text(max_size=100),
        language=st.text(max_size=10),
    )
)
def test_any_text_is_a_choice_or_a_fault(filled):
    found = read(filled)
    if isinstance(found, Choices):
        assert found.name == harmless_name(filled.name)
        assert found.hour is None or 0 <= found.hour < 24
    else:
        assert found


def test_a_page_takes_only_addresses_of_the_internet_and_an_admin_others_too():
    assert read_public_address(" ann@Example.ORG ") == "ann@example.org"
    assert read_address("root@mailhost") == "root@mailhost"
    with pytest.raises(ValueError, match="Internet"):
        read_public_address("root@mailhost")


def test_keywords_and_a_wait_are_read_from_their_fields():
    filled = PreferencesFields(
        not_about="football, Cup  final\n+odd", only_about="climate", at_least="5"
    )
    found = read(filled)
    assert isinstance(found, Choices)
    assert found.keywords == ("football", "Cup final", "+climate")
    assert (found.at_least, found.longest_wait) == (5, None)
    alone = read(PreferencesFields(longest_wait="5"))
    assert isinstance(alone, Choices)
    assert alone.longest_wait is None
    long = ",".join(map(str, range(99)))
    for amiss in (PreferencesFields(not_about="a*b"), PreferencesFields(only_about=long)):
        assert read(amiss) == (FieldError.KEYWORDS,)
    for number in ("0", "51", "x"):
        assert read(PreferencesFields(at_least=number)) == (FieldError.ENOUGH,)
        assert read(PreferencesFields(longest_wait=number)) == (FieldError.ENOUGH,)
