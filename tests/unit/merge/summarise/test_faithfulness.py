"""What a machine wrote stands only if it is a sentence of the reports, at most shortened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.summarise.faithfulness import find_origin
from digest.merge.summarise.shortening import read_tokens
from digest.model import Origin, SourceRef
from tests.summaries import read_events, told_by

REPORTS = (
    told_by(
        "A",
        "Quake in Elm kills 12",
        "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people and injuring 40. "
        'Rescue teams searched the rubble of a school. "We heard a roar," said teacher Ana Petrov. '
        "A few villagers stayed in Norton after the first shock. "
        "In March, the army (which has a base in Elm) also opened its gates to 300 people.",
    ),
    told_by(
        "B",
        "Arlen's offer for Bresk is blocked",
        "The court in Norton blocked the merger of Arlen and Bresk on Friday after a hearing of "
        "two days. "
        "Shares of Arlen rose 3 percent on Monday, while those of Bresk fell 12 percent. "
        "Finance Minister Leo Okafor may resign next week, his spokesman said. "
        "Arlen plans to appeal, and Bresk agreed to wait until 30 June. "
        "Mayor Ines Duarte said the city would not pay for the new bridge. "
        "The regulator, which Arlen sued in May, had warned of higher prices. "
        "Police in Elm arrested the brother of Duarte in connection with a fire. "
        "The company denied that its dam at Norton had leaked. "
        "Prices of bread fell in March because harvests had recovered, the ministry said. "
        "Nearly all shops in Norton were closed on Sunday. "
        "If the talks fail, the pilots will strike on Thursday. "
        "The union accused the airline of lying to its pilots. "
        "The bank lent Drenia 400 million euros in 2019. "
        "Bresk, whose founder left in June, hired 300 people in Elm.",
        2,
    ),
)
SOURCES = (SourceRef("A"), SourceRef("B"))


@pytest.mark.parametrize(
    ("bullet", "number", "sentence"),
    [
        (
            "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people and injuring 40.",
            1,
            1,
        ),
        ("Rescue teams searched the rubble of the school.", 1, 2),
        ('Teacher Ana Petrov said: "We heard a roar."', 1, 3),
        ("A few villagers stayed in Norton after the first shock.", 1, 4),
        ("The army opened its gates to 300 people.", 1, 5),
        ("In March, the army also opened its gates to 300 people.", 1, 5),
        ("The court in Norton blocked the merger of Arlen and Bresk.", 2, 1),
        ("The court in Norton blocked the merger of Arlen and Bresk on Friday.", 2, 1),
        (
            "The court in Norton blocked the merger of Arlen and Bresk after a hearing of 2 days.",
            2,
            1,
        ),
        ("Shares of Arlen rose 3% on Monday.", 2, 2),
        ("Shares of Arlen rose three per cent.", 2, 2),
        ("His spokesman said Finance Minister Leo Okafor may resign next week.", 2, 3),
        ("The city would not pay for the new bridge, Mayor Ines Duarte said.", 2, 5),
        ("The city would not pay for a new bridge, said Mayor Ines Duarte.", 2, 5),
        ("Arlen’s offer for Bresk is blocked.", 2, 0),
        ("Bresk hired 300 people in Elm.", 2, 14),
        (
            "The ministry said that prices of bread fell because harvests had recovered.",
            2,
            9,
        ),
    ],
)
def test_a_sentence_of_the_reports_stands_with_what_can_be_spared_left_out(
    bullet, number, sentence
):
    report = REPORTS[number - 1]
    expected = Origin(report.source, report.key, sentence, number)
    assert find_origin(bullet, REPORTS, SOURCES) == expected


FALSE = {
    "another verb": "The court in Norton approved the merger of Arlen and Bresk on Friday.",
    "the opposite verb": "Shares of Arlen fell 3 percent on Monday.",
    "another tense": "The court in Norton will block the merger of Arlen and Bresk.",
    "a plan carried out": "Arlen appealed, and Bresk agreed to wait until 30 June.",
    "a hedge left out": "Finance Minister Leo Okafor resigned, his spokesman said.",
    "a hedge cut from the verb": (
        "Finance Minister Leo Okafor resign next week, his spokesman said."
    ),
    "a stronger hedge": "Finance Minister Leo Okafor will resign next week, his spokesman said.",
    "the speaker left out": "Finance Minister Leo Okafor may resign next week.",
    "another speaker": "Finance Minister Leo Okafor may resign next week, Ines Duarte said.",
    "speaker and spoken of exchanged": (
        "His spokesman may resign next week, Finance Minister Leo Okafor said."
    ),
    "a comma that changes the speaker": (
        "The city, said Mayor Ines Duarte, would pay for the new bridge."
    ),
    "a negation left out": "Mayor Ines Duarte said the city would pay for the new bridge.",
    "a negation added": "The court in Norton did not block the merger of Arlen and Bresk.",
    "a negation without the word": (
        "The court in Norton failed to block the merger of Arlen and Bresk."
    ),
    "a denial left out": "The company said that its dam at Norton had leaked.",
    "what was denied": "The dam of the company at Norton had leaked.",
    "a cause invented": (
        "The court in Norton blocked the merger of Arlen and Bresk because of higher prices."
    ),
    "a cause made of a sequence": (
        "The court in Norton blocked the merger of Arlen and Bresk because of a hearing of two "
        "days."
    ),
    "cause and effect exchanged": (
        "Harvests had recovered because prices of bread fell in March, the ministry said."
    ),
    "a purpose invented": "The bank lent Drenia 400 million euros to save its harvests.",
    "a number of another subject": "Shares of Bresk rose 3 percent on Monday.",
    "numbers exchanged": (
        "Shares of Arlen rose 12 percent on Monday, while those of Bresk fell 3 percent."
    ),
    "the number of something else": (
        "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 40 people and injuring 12."
    ),
    "another unit": "The bank lent Drenia 400 billion euros in 2019.",
    "a time moved": "The court in Norton blocked the merger of Arlen and Bresk on Monday.",
    "a time moved to another verb": "Arlen plans to appeal on 30 June, and Bresk agreed to wait.",
    "the time of something else": (
        "The regulator had warned of higher prices in May, which Arlen sued."
    ),
    "subject and object exchanged": "Arlen sued the court in Norton after a hearing of two days.",
    "a relation turned round": "Drenia lent the bank 400 million euros in 2019.",
    "a possessor taken for the thing": "Police in Elm arrested Duarte in connection with a fire.",
    "a condition left out": "The pilots will strike on Thursday.",
    "an accusation made a fact": "The airline was lying to its pilots.",
    "a quantity made whole": "All shops in Norton were closed on Sunday.",
    "hardly any for some": "Few villagers stayed in Norton after the first shock.",
    "of two sentences one": "Police in Elm arrested the brother of Duarte on Friday.",
    "one name for another": "The court in Drenia blocked the merger of Arlen and Bresk on Friday.",
    "a word made stronger": (
        "A magnitude 6.3 earthquake destroyed Elm on Tuesday, killing 12 people."
    ),
    "a comparison invented": "Shares of Arlen rose 3 percent on Monday, the most in a year.",
    "passive for active": "The merger of Arlen and Bresk blocked the court in Norton on Friday.",
    "what was said as a quotation": 'Mayor Ines Duarte said: "The city would not pay."',
    "the words of a quotation": 'Teacher Ana Petrov said: "We heard a bang."',
    "markup": "Rescue teams searched the <b>rubble</b> of a school.",
    "an address": "Rescue teams searched the rubble of a school, see https://example.org",
    "half a sentence": "Rescue teams searched the rubble of a school and...",
    "nothing": "",
}


@pytest.mark.parametrize("kind", FALSE)
def test_what_they_do_not_say_does_not_stand(kind):
    assert find_origin(FALSE[kind], REPORTS) is None


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Prices of bread rose, according to the ministry.", "Prices of bread rose."),
        ("The bridge was sold, and the buyer was Arlen, Duarte claimed.", "The bridge was sold."),
        ("The museum in Elm is only closed on Monday.", "The museum in Elm is only closed."),
        ("The museum in Elm is closed on Monday.", "The museum in Elm is closed."),
        ("The ship, who knows why, left the harbour.", "The ship knows why the harbour left."),
        ("The bank in Elm, whose owner said so, lost money.", "The bank in Elm lost money."),
        ("The old ferry to Elm sails late on Sunday.", "The old ferry to Elm sails."),
        ("Nobody was hurt in the town after the shock.", "Nobody was hurt in the town."),
        ("The mayor wasn't in Elm on Friday.", "The mayor wasn't in Elm."),
        ("The vaccine helps, which doctors said was false.", "The vaccine helps children."),
        ("The WHO sent doctors to the villages.", "Who sent doctors to the villages."),
        ("Theresa May leads the party in Elm.", "Theresa leads the party in Elm."),
        ("Black Friday sales rose in the city of Elm.", "Black sales rose in the city of Elm."),
        ("Last year was the hottest ever in Elm.", "Was the hottest ever in Elm."),
    ],
)
def test_what_would_turn_the_rest_is_not_left_out(said, written):
    assert find_origin(written, [told_by("A", "Nothing", said)]) is None


def test_a_sentence_of_another_language_is_taken_whole_or_not_at_all():
    text = "Das Gericht in Norden stoppte am Freitag den Kauf, und die Kurse fielen. Es ist spät."
    german = [told_by("A", "Kauf gestoppt", text, language="de")]
    assert find_origin(text.partition(". ")[0] + ".", german)
    assert find_origin("Das Gericht in Norden stoppte am Freitag den Kauf.", german) is None
    assert find_origin("Den Kauf stoppte am Freitag das Gericht in Norden.", german) is None


def test_a_bullet_of_a_file_is_its_own_origin():
    file = told_by("A", "Elm", bullets=("Rescue teams searched the rubble of a school.",))
    found = find_origin("Rescue teams searched the rubble of a school.", [file])
    assert found is not None
    assert found.sentence == 1


@pytest.mark.parametrize("name", sorted(read_events()))
def test_the_extractive_bullets_are_sentences_of_their_own_reports(name):
    event = read_events()[name]
    assert [one for one in event.story.bullets if not find_origin(one, event.reports)] == []


SENTENCES = [
    sentence + "."
    for one in REPORTS
    for sentence in one.summary.rstrip(".").split(". ")
    if "said" not in sentence
]


@given(st.data())
def test_no_word_of_a_sentence_can_be_exchanged_for_another(data):
    sentence = data.draw(st.sampled_from(SENTENCES))
    words = sentence.rstrip(".").split()
    at = data.draw(st.integers(0, len(words) - 1))
    other = data.draw(
        st.sampled_from(["never", "Duarte", "77", "might", "lost", "because", "blocked"])
    )
    words[at] = other
    changed = " ".join(words) + "."
    tokens = {read_tokens(one, "en") for one in SENTENCES}
    if read_tokens(changed, "en") not in tokens:
        assert find_origin(changed, REPORTS) is None
