"""An address gives the words that its site made of the headline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.address import address_words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://a.test/2026/09/ferry-runs-aground-1226.html", "ferry runs aground"),
        ("https://a.test/world/Ferry_runs_aground/?from=rss#top", "ferry runs aground"),
        ("https://a.test/ferry-off-lomar-harbour/article/2545342", "ferry off lomar harbour"),
        ("https://a.test/f%C3%A4hre-l%C3%A4uft-auf-grund", "fähre läuft auf grund"),
        ("https://a.test/press-releases/17", ""),
        ("https://a.test/?id=ferry-runs-aground", ""),
        ("https://ferry-runs-aground.test", ""),
        ("6633247666", ""),
        ("", ""),
    ],
)
def test_the_part_of_the_path_with_the_most_words_is_taken(address, words):
    assert address_words(address) == words


@given(st.text())
def test_no_address_is_too_odd(path):
    assert len(address_words(f"https://a.test/{path}").split()) <= 20
