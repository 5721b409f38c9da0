"""What a source repeats under its items is known for furniture; what its stories share is not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.furniture import Furniture, find_furniture

HEADLINES = ("A kettle", "The lathe", "Drawings of a dome", "Atlases")
STEMS = ("bal", "cor", "dun", "fen", "gal", "hor", "jun", "kal", "lom", "mar", "nor", "pel")
ENDINGS = ("a", "eno", "ira", "os", "unt", "ev")
STORIES = (
    "A kettle that boils without a sound.",
    "The old lathe needed a new belt before it would turn.",
    "They let us see the drawings of the dome.",
    "The shelf gave way under the atlases.",
)


def under(*signatures: str) -> list[str]:
    return [f"{story}\n{sign}" for story, sign in zip(STORIES, signatures, strict=True)]


@pytest.mark.parametrize(
    "signatures",
    [
        ["By Nora Quill in Lomar, all rights reserved."] * 4,
        [f"By Nora Quill in Lomar, 2026-10-{day}." for day in (8, 9, 10, 11)],
        [
            f"Nora writes of {what} from her workshop on the hill in Lomar."
            for what in ("tea", "wood", "art", "books")
        ],
    ],
)
def test_a_paragraph_under_most_items_is_left_out_though_a_date_or_a_word_differs(signatures):
    texts = under(*signatures)

    furniture = find_furniture(zip(HEADLINES, texts, strict=True))

    assert [furniture.without(text) for text in texts] == list(STORIES)


def test_what_stands_in_two_items_is_news_told_twice():
    texts = under("One of a kind.", "Lomar is dark.", "Lomar is dark.", "None of that here.")

    assert find_furniture(zip(HEADLINES, texts, strict=True)) == Furniture()


def test_of_two_items_on_different_things_a_common_paragraph_says_nothing():
    texts = under(*["By Nora Quill in Lomar, all rights reserved."] * 4)[:2]

    apart = find_furniture(zip(HEADLINES, texts, strict=False))
    on_one_thing = find_furniture(zip(("Lomar is dark", "Why Lomar is dark"), texts, strict=True))

    assert [apart.without(text) for text in texts] == list(STORIES[:2])
    assert on_one_thing == Furniture()


def test_a_near_copy_is_found_among_hundreds_of_paragraphs():
    words = [f"{stem}{ending}" for stem in STEMS for ending in ENDINGS]
    chance = random.Random(4)
    signature = "Nora writes of {} from her workshop on the hill in Lomar since spring."
    items = [
        (f"Headline {number}", "\n".join(" ".join(chance.sample(words, 30)) for _ in range(12)))
        for number in range(40)
    ]
    signed = [(title, f"{text}\n{signature.format(title)}") for title, text in items]

    furniture = find_furniture(signed)

    assert [furniture.without(text) for _, text in signed] == [text for _, text in items]


def test_paragraphs_that_share_some_words_are_no_copies():
    texts = under(
        "The harbour of Lomar froze on Monday.",
        "The mayor of Lomar resigned on Tuesday.",
        "The bridge of Lomar opened on Friday.",
        "The bakers of Lomar strike on Sunday.",
    )

    assert find_furniture(zip(HEADLINES, texts, strict=True)) == Furniture()


@given(st.lists(st.text(st.sampled_from("ab 1\n"), max_size=30), max_size=8))
def test_any_texts_lose_whole_paragraphs_and_nothing_else(texts):
    furniture = find_furniture(("", text) for text in texts)

    for text in texts:
        left = furniture.without(text)
        lines = iter(text.split("\n"))
        assert not left or all(line in lines for line in left.split("\n"))
