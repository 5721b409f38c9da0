"""What a source repeats under its items is known for furniture; what its stories share is not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.furniture import Furniture, find_furniture
from digest.merge.same_event.events import MergeInput, group
from digest.merge.same_event.features import Features
from digest.services.sources.read_feed import FeedContent, read_body

NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)
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

    furniture = find_furniture(texts)

    assert [furniture.without(text) for text in texts] == list(STORIES)


def test_what_stands_in_two_items_is_news_told_twice():
    texts = under("One of a kind.", "Lomar is dark.", "Lomar is dark.", "None of that here.")

    assert find_furniture(texts) == Furniture()


def test_paragraphs_that_share_some_words_are_no_copies():
    texts = under(
        "The harbour of Lomar froze on Monday.",
        "The mayor of Lomar resigned on Tuesday.",
        "The bridge of Lomar opened on Friday.",
        "The bakers of Lomar strike on Sunday.",
    )

    assert find_furniture(texts) == Furniture()


@given(st.lists(st.text(st.sampled_from("ab 1\n"), max_size=30), max_size=8))
def test_any_texts_lose_whole_paragraphs_and_nothing_else(texts):
    furniture = find_furniture(texts)

    for text in texts:
        left = furniture.without(text)
        lines = iter(text.split("\n"))
        assert not left or all(line in lines for line in left.split("\n"))


def test_items_of_a_feed_that_share_a_signature_alone_stay_stories_of_their_own():
    items = "".join(
        f"<item><title>{title}</title><link>https://b.example/{at}</link>"
        f"<description>&lt;p&gt;{story}&lt;/p&gt;"
        f"&lt;p&gt;By Nora Quill in Lomar, {at} May.&lt;/p&gt;</description></item>"
        for at, (title, story) in enumerate(
            zip(("Silence", "A belt", "The archive", "Too many books"), STORIES, strict=True)
        )
    )
    body = f"<rss version='2.0'><channel><title>Quill</title>{items}</channel></rss>".encode()

    read = read_body(body, "text/xml", "https://b.example/feed", "quill", "Quill", NOON)
    assert isinstance(read, FeedContent)
    accounts = [
        MergeInput(
            str(at), Features.from_bytes(one.features), NOON + timedelta(hours=at), None, "quill"
        )
        for at, one in enumerate(read.reports)
    ]

    assert len(accounts) == 4
    assert len(group(accounts).groups) == 4
    assert all("Quill" in one.report.summary for one in read.reports)
    assert not any("Quill" in one.words for one in (account.features for account in accounts))
