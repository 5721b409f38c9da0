"""A text is cut between sentences and nowhere else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.quotes import quoted_spans
from digest.merge.language.sentences import Sentence, sentences_of, split_paragraph
from digest.merge.summarise.dependent_sentences import is_dependent
from digest.merge.summarise.standalone import can_stand

CASES = {
    "titles, initials and abbreviations": (
        "en",
        """Dr. Smith of the U.S. Army paid Acme Inc. $3.5 million. J. K. Rowe left at 5 p.m. The
        U.S. Senate met on Nov. 3. It fell 3.2 vs. 1.1 percent. Call No. 10. He sat. She left.""",
        [
            "Dr. Smith of the U.S. Army paid Acme Inc. $3.5 million.",
            "J. K. Rowe left at 5 p.m.",
            "The U.S. Senate met on Nov. 3.",
            "It fell 3.2 vs. 1.1 percent.",
            "Call No. 10.",
            "He sat.",
            "She left.",
        ],
    ),
    "German ordinals and abbreviations": (
        "de",
        """Am 3. November ist z. B. der 1. FC Elm dabei. Prof. Weber kam u. a. wegen Ludwig. Die
        Feier beginnt am 12. Das ist spät.""",
        [
            "Am 3. November ist z. B. der 1. FC Elm dabei.",
            "Prof. Weber kam u. a. wegen Ludwig.",
            "Die Feier beginnt am 12.",
            "Das ist spät.",
        ],
    ),
    "a number at the end": ("en", "She is 12. Tom is 9.", ["She is 12.", "Tom is 9."]),
    "a quotation is kept whole": (
        "en",
        '"It is over. We go," he said. "Stop!" Lee shouted. "That was all." Rain fell.',
        ['"It is over. We go," he said.', '"Stop!" Lee shouted.', '"That was all."', "Rain fell."],
    ),
    "typographic quotations": (
        "de",
        "„Wir gehen. Jetzt“, sagte er. »Nein. Nie!«, rief sie. Es regnet.",
        ["„Wir gehen. Jetzt“, sagte er.", "»Nein. Nie!«, rief sie.", "Es regnet."],
    ),
    "French quotations": ("fr", "Il dit « oui. Non. » puis sort. Fin.", None),
    "single quotations and apostrophes": (
        "en",
        "'The workers' union won. We go,' he said. It was the workers' day. The '90s ended.",
        [
            "'The workers' union won. We go,' he said.",
            "It was the workers' day.",
            "The '90s ended.",
        ],
    ),
    "brackets": ("en", "He left (it rained. A lot.) and ran. She stayed.", None),
    "Japanese": (
        "ja",
        "地震があった。「大丈夫だ。帰る。」と述べた。死者はいない！",
        ["地震があった。", "「大丈夫だ。帰る。」と述べた。", "死者はいない！"],
    ),
    "Chinese": ("zh", "发生火灾。“会继续。”他说。", ["发生火灾。", "“会继续。”他说。"]),
    "Arabic": ("ar", "هل هذا كاف؟ قتل شخص. انتهى.", ["هل هذا كاف؟", "قتل شخص.", "انتهى."]),
    "Hindi": ("hi", "यह पहला है। यह दूसरा है।", ["यह पहला है।", "यह दूसरा है।"]),
    "Spanish": ("es", "El Sr. Paz no. ¿Y ahora? Ya.", ["El Sr. Paz no.", "¿Y ahora?", "Ya."]),
    "Italian": ("it", "L'on. Galli e il dott. Sani no. Ora sì.", None),
    "an ellipsis inside": ("en", "Well ... it ended. The end… Next.", None),
    "an address": ("en", "See example.org now. Go.", ["See example.org now.", "Go."]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_sentences_are_told_apart(name):
    language, text, expected = CASES[name]
    found = list(split_paragraph(" ".join(text.split()), language))
    if expected is None:
        assert len(found) == 2 + (name == "an ellipsis inside"), found
    else:
        assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "LONDON (Reuters) - The vote is over.",
        "LONDON, Nov 3 (Reuters) - The vote is over.",
        "PARIS, 3. Nov. (AFP) – The vote is over.",
        "New York/Berlin (dpa) - The vote is over.",
        "Madrid, 3 nov (EFE).- The vote is over.",
        "(ANSA) - ROMA, 03 NOV - The vote is over.",
        "WASHINGTON — The vote is over.",
        "NEW YORK, Nov. 3 -- The vote is over.",
        "Paris — The vote is over.",
        "Lima.- The vote is over.",
        "МОСКВА, 3 ноября. /ТАСС/. The vote is over.",
        "لندن (رويترز) - The vote is over.",
    ],
)
def test_a_dateline_is_no_part_of_the_first_sentence(text):
    assert [one.text for one in sentences_of(text)] == ["The vote is over."]


def test_a_dateline_before_characters_of_east_asia():
    assert sentences_of("【東山共同】地震があった。", "ja")[0].text == "地震があった。"
    assert sentences_of("新华社北京11月3日电 发生火灾。", "zh")[0].text == "发生火灾。"


@pytest.mark.parametrize(
    "text",
    [
        "NATO — the alliance of the north — said no.",
        "Smith (Labour) said no - and left.",
        "The vote (the first - ever) is over.",
    ],
)
def test_what_only_looks_like_a_dateline_stays(text):
    assert sentences_of(text)[0].text == text


def test_list_markers_go_and_the_name_of_a_club_stays():
    text = "- The vote is over.\n• Rain fell.\n1) One more."
    assert [one.text for one in sentences_of(text)] == [
        "The vote is over.",
        "Rain fell.",
        "One more.",
    ]
    assert sentences_of("1. FC Elm gewinnt das Spiel.", "de")[0].text.startswith("1. FC")
    assert sentences_of("1. One thing.\n2. Another thing.")[0].text == "One thing."


QUOTED = st.lists(
    st.sampled_from(
        [
            "He left. ", "The U.S. won! ", "“One. Two.” ", '"Go. Now," ', "„Ja. Nein.“ ",
            "« Oui. Non. » ", "(See p. 3. Or 4.) ", "Why? ", "「はい。いいえ。」", "終わり。",
            "the workers' day. ", "3.5 ", "Nov. 3 ", "… ", "\u00a0", "؟ ", "»", "“", ")", "'",
            '5" ', "'Yes. No,' ", "said Ann. ",
        ]
    )
).map("".join)  # fmt: skip


@given(st.one_of(st.text(), QUOTED), st.sampled_from([None, "en", "de", "ja", "ar"]))
def test_no_character_is_invented_or_lost(text, language):
    pieces = split_paragraph(text, language)
    at = 0
    for piece in pieces:
        at = text.index(piece, at) + len(piece)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.one_of(st.text(), QUOTED))
def test_each_sentence_stands_in_its_text(text):
    assert all(one.text in text for one in sentences_of(text))


@given(QUOTED)
def test_no_quotation_is_cut(text):
    at, text = 0, text.strip()
    for piece in split_paragraph(text):
        end = text.index(piece, at) + len(piece)
        assert not any(span.start < end < span.end for span in quoted_spans(text))
        at = end


@pytest.mark.parametrize(
    "text", ["(" * 50_000, "' a" * 20_000, "“" * 50_000, "a. " * 30_000, '"a' * 50_000]
)
def test_no_text_takes_long(text):
    began = time.process_time()
    split_paragraph(text)
    assert time.process_time() - began < 5


def stands(text, language="en", *, alone=False):
    return can_stand(Sentence(text, 0, 0, alone=alone), language)


def test_a_whole_sentence_can_stand():
    assert stands("The government declared a state of emergency.")
    assert stands("“We go,” said Ann Lee, a teacher.")
    assert stands("鉄道会社によると、架線が停電した。", "ja")
    assert stands("On Wednesday the city closed the bridge.")
    assert not stands("On ferme le pont pour des travaux.", "fr")


@pytest.mark.parametrize(
    "text",
    [
        "The city closed the bridge after engineers found...",
        "The city closed the bridge after engineers found [...]",
        "The city closed the bridge after it found one of its…",
        "The city closed the bridge after engineers found",
        "and closed the bridge after engineers found cracks.",
        "A new hope for the town of Elm.",
        "What happens now with the bridge?",
        "We went there to see the bridge for ourselves.",
        "“We closed the bridge, the mayor said.",
        "CITY CLOSES BRIDGE AFTER CRACKS WERE FOUND.",
        "City Closes Bridge After Engineers Found Many Cracks.",
        "Reporting by Jane Doe; editing by Tom Roe.",
        "Here's what you need to know about the bridge.",
        "Read more at https://example.org/bridge today.",
        "It closed.",
        "The city closed it. " * 30,
    ],
)
def test_what_is_no_whole_sentence_cannot_stand(text):
    assert not stands(text)


def test_a_text_of_one_sentence_may_lack_its_full_stop():
    line = "The city closed the bridge after engineers found cracks"
    assert stands(line, alone=True)
    assert not stands(line)
    assert not stands(f"{line} in the", alone=True)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "He said no."), ("en", "It also fell."), ("en", "However, it rained."),
        ("en", "“We go,” she said."), ("en", "This was new."), ("de", "Sie sagte nein."),
        ("de", "„Wir gehen“, sagte er."), ("fr", "Il a dit non."), ("es", "Además, llovió."),
        ("it", "Inoltre, piove."), ("ja", "これは初めてだ。"), ("zh", "他说不。"),
        (None, "They left."),
    ],
)  # fmt: skip
def test_a_sentence_that_needs_another_is_told(language, text):
    assert is_dependent(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hearings began."), ("en", "This week it rained."), ("en", "“We go,” said Ann."),
        ("de", "Der Rat tagt."), ("de", "Diese Woche regnet es."), ("es", "Este año llueve."),
        ("fr", "Cette semaine, il pleut."), ("pl", "On nie."),
    ],
)  # fmt: skip
def test_a_sentence_that_stands_alone_is_told(language, text):
    assert not is_dependent(text, language)
