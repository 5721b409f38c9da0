"""An error as sentences of a page."""

import pytest

from digest.errors import UsageError
from digest.web.admin.error_words import sentence_of


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("no file was chosen", "No file was chosen."),
        ("it has no @-sign.", "It has no @-sign."),
        ("dora@example.org left", "dora@example.org left."),
        ("https://example.org/...", "https://example.org/..."),
    ],
)
def test_a_message_is_a_sentence_with_one_stop_and_an_address_stays_as_it_is(message, sentence):
    assert sentence_of(UsageError(message)) == sentence


def test_the_remedy_is_a_sentence_of_its_own():
    error = UsageError("no file was chosen", remedy="choose one")
    assert sentence_of(error) == "No file was chosen. Choose one."
