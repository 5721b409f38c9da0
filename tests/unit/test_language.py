"""One rule for the direction of writing, of mails, notices and pages alike."""

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from digest.language import direction_of
from digest.model import Newsletter


def test_every_locale_of_cldr_runs_as_cldr_says():
    for name in set(locale_identifiers()) - {"root"}:
        order = Locale.parse(name).character_order
        expected = "rtl" if order == "right-to-left" else "ltr"
        assert direction_of(name.replace("_", "-")) == expected, name


@pytest.mark.parametrize(
    "language",
    ["ar", "iw", "ji", "ks", "lrc", "uz-Arab", "uz-AF", "pa-PK", "syr", "nqo", "ku-Arab", "prs",
     "azb", "pnb", "EN-arab", "ar-u-nu-latn"],
)  # fmt: skip
def test_these_run_from_right_to_left(language):
    letter = Newsletter("daily", "Daily", "news@example.org", "1 Street", language=language)
    assert direction_of(language) == letter.direction == "rtl"


@pytest.mark.parametrize(
    "language",
    ["en", "sd-Deva", "ks-Deva", "ku", "uz", "pa", "he-Latn", "ur-Latn", "de-1996", "xx", "klingon",
     "zh-Hant-TW"],
)  # fmt: skip
def test_these_run_from_left_to_right(language):
    assert direction_of(language) == "ltr"
