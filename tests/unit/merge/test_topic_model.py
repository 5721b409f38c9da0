"""Topics that are learned from labelled stories: what is learned, and how sure it is of itself."""

import random
import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.collect.files.folder import read_folder
from digest.collect.files.result import ReadStory
from digest.merge.topic_model import SURE, Guess, Label, Text, learnable, train
from digest.merge.topic_trial import (
    KeywordFigures,
    Trial,
    cross_validate,
    summarise,
    try_keywords,
)
from digest.merge.topics import choose_topic, text_of
from digest.model import Topic, TopicTree
from tests.builders import NOON, TREE, report
from tests.paths import ROOT

# Words that none of the topics of TREE has among its keywords.
VOCABULARY = {
    "space": "orbit rocket comet lander dust crater lens mirror launch astronaut",
    "medicine": "trial dose doctors ward tumour surgery nurses clinic blood placebo",
    "culture": "opera novel stage painter choir festival statue poem gallery actor",
}
COMMON = "new first found years people shows report week world large"


def made(topic, chance, length=8):
    """A text as a topic's stories are: its own words among those of everybody, and some others'."""
    own, common = VOCABULARY[topic].split(), COMMON.split()
    stray = " ".join(VOCABULARY.values()).split()
    words = [chance.choice(chance.choice((own, own, common, stray))) for _ in range(3 * length)]
    return Text(" ".join(words[:length]), (" ".join(words[length:]) + ".",))


def labels_of(count=12, seed=1, topics=tuple(VOCABULARY)):
    chance = random.Random(seed)
    return [Label(made(topic, chance), topic) for _ in range(count) for topic in topics]


def model_of(labels):
    return train(labels, ("culture", "medicine", "space"), NOON)


MODEL = model_of(labels_of())


@pytest.mark.parametrize(
    ("headline", "topic"),
    [
        ("Lander and rocket leave a crater on the comet", "space"),
        ("Surgery on a tumour: doctors end the trial", "medicine"),
        ("The choir and the actor of an opera festival", "culture"),
    ],
)
def test_what_was_learned_is_found_again_with_the_words_that_say_so(headline, topic):
    guess = MODEL.guess(Text(headline), VOCABULARY)
    assert guess is not None
    assert guess.topic == topic
    assert guess.is_sure
    assert {word for word, _ in guess.words} <= set(VOCABULARY[topic].split())


def test_a_guess_reads_as_a_sentence():
    guess = Guess("neuroscience", 0.874, (("cells", 0.312), ("neurons", 0.22)), 212)
    assert str(guess) == ("learned from 212 stories: cells 0.31, neurons 0.22 -> neuroscience 0.87")


def test_a_text_without_a_known_word_is_not_guessed():
    assert MODEL.guess(Text("Zyx wvu"), VOCABULARY) is None
    assert MODEL.guess(Text(""), VOCABULARY) is None


def test_what_is_like_none_of_the_few_topics_learned_is_of_none_of_them():
    few = labels_of(5, topics=("space", "medicine"))
    of_culture = [made("culture", random.Random(seed)) for seed in range(20)]
    alone = train(few, ("medicine", "space"), NOON)
    among_many = train(few, ("culture", "medicine", "space", *"abcdefgh"), NOON)
    guesses = [[m.guess(text, VOCABULARY) for text in of_culture] for m in (alone, among_many)]
    sure = [sum(guess is not None and guess.is_sure for guess in each) for each in guesses]
    assert sure[1] < sure[0] / 4
    guess = among_many.guess(Text("Lander and rocket leave a crater on the comet"), VOCABULARY)
    assert guess is not None
    assert guess.topic == "space"


def test_one_known_word_among_many_strangers_decides_nothing():
    assert MODEL.guess(Text("rocket lander comet"), VOCABULARY).is_sure
    stranger = MODEL.guess(Text("rocket " + " ".join(f"qu{n}x{n}" for n in range(30))), VOCABULARY)
    assert stranger is not None
    assert not stranger.is_sure


def test_a_topic_that_may_not_be_chosen_is_not_and_lends_nobody_its_probability():
    text = Text("Lander and rocket leave a crater on the comet")
    guess = MODEL.guess(text, {"medicine"})
    assert guess is not None
    assert guess.topic == "medicine"
    assert not guess.is_sure
    assert MODEL.guess(text, {"elsewhere"}) is None


def test_the_model_does_not_depend_on_the_order_of_the_labels():
    labels = labels_of()
    random.Random(3).shuffle(labels)
    assert model_of(labels) == MODEL


@settings(max_examples=30)
@given(
    st.lists(
        st.builds(
            Label,
            st.builds(Text, st.text(max_size=40), st.tuples(st.text(max_size=40))),
            st.sampled_from(["a", "b", "c"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.text(max_size=60),
)
def test_any_text_gives_a_probability_or_nothing(labels, text):
    guess = train(labels, (), NOON).guess(Text(text), {"a", "b", "c"})
    assert guess is None or 0 < guess.probability <= 1
    assert cross_validate(labels).labels == len(labels)


# which labels


def test_a_topic_of_two_stories_is_not_learned():
    labels = labels_of(12, topics=("space", "medicine")) + labels_of(2, topics=("culture",))
    assert {label.topic for label in learnable(labels)} == {"space", "medicine"}


@pytest.mark.parametrize(
    "labels", [[], labels_of(40, topics=("space",)), labels_of(3), labels_of(2)], ids=len
)
def test_too_few_labels_teach_nothing(labels):
    assert learnable(labels) == []


# how good it is


def test_stories_that_are_alike_are_guessed_right_without_having_been_seen():
    figures = cross_validate(labels_of(30))
    assert figures.labels == 90
    assert figures.accuracy > 0.9
    assert figures.decided > 45
    assert figures.right / figures.decided > 0.95


def test_no_story_is_guessed_from_itself():
    labels = [Label(Text(str(1000 + number)), "ab"[number % 2]) for number in range(20)]
    assert cross_validate(labels).accuracy == 0


def test_labels_given_by_lot_are_seen_to_be_worth_nothing():
    chance = random.Random(5)
    labels = [Label(label.text, chance.choice("abc")) for label in labels_of(30)]
    figures = cross_validate(labels)
    assert figures.accuracy < 0.55
    assert figures.decided < 30


def test_the_figures_of_some_trials():
    def guessed(topic, probability):
        return Guess(topic, probability, (), 9)

    figures = summarise(
        [
            Trial("a", guessed("a", SURE)),
            Trial("a", guessed("b", 0.9)),
            Trial("a", guessed("b", 0.1)),
            Trial("b", guessed("a", 0.1)),
            Trial("c", None),
        ]
    )
    assert (figures.accuracy, figures.decided, figures.right) == (0.2, 2, 1)
    assert [(t.topic, t.labels, t.precision, t.recall) for t in figures.topics] == [
        ("a", 3, 0.5, 1 / 3),
        ("b", 1, 0.0, 0.0),
        ("c", 1, None, 0.0),
    ]
    assert figures.confusions == (("a", "b", 2), ("b", "a", 1))


def test_with_the_few_sample_stories_it_is_often_wrong_and_knows_when():
    tables = tomllib.loads((ROOT / "config" / "topics.toml").read_text("utf-8"))["topics"]
    tree = TopicTree(
        tuple(Topic(**{**each, "keywords": tuple(each.get("keywords", ()))}) for each in tables)
    )
    items = read_folder(ROOT / "seeds", source="seeds", today=date.max, hashes={})
    reports = [item.report for item in items if isinstance(item, ReadStory)]
    labels = [Label(text_of(one), choose_topic(one, tree).topic) for one in reports]
    figures = cross_validate(labels)
    assert figures.labels == len(labels) > 40
    assert figures.accuracy > 0.6  # by lot: one in twelve
    assert figures.right >= 0.8 * figures.decided > 0


# beside the keywords


def choose(headline, *, model=MODEL, default="", **changes):
    choice = choose_topic(
        report(headline=headline, **{"bullets": (), **changes}), TREE, model=model, default=default
    )
    return choice.topic, choice.reason


def test_where_keywords_are_silent_what_was_learned_decides():
    topic, reason = choose("Doctors end a trial of placebo surgery")
    assert topic == "medicine"
    assert reason.startswith(
        "the story names no topic; no keyword of a topic was found; learned from 36 stories: "
    )
    assert choose("Doctors end a trial of placebo surgery", model=None)[0] == "other"


def test_where_keywords_are_clear_what_was_learned_is_not_asked():
    headline = "Museum: doctors end a trial of placebo surgery"
    assert choose(headline) == (
        "culture",
        "the story names no topic; culture scores 3: museum",
    )


def test_where_keywords_are_of_two_minds_what_was_learned_decides_and_says_so():
    headline = "Planet in the museum: orbit and crater of a comet, dust on the lander's lens"
    topic, reason = choose(headline)
    assert topic == "space"
    assert "; space scores 3: planet*; culture scores 3: museum; learned from" in reason
    assert choose("A planet and a museum") == (
        "space",
        "the story names no topic; space scores 3: planet*",
    )


def test_what_a_story_says_of_itself_bounds_what_was_learned():
    assert choose("The choir and the actor of an opera festival", topic="Science")[0] == "science"
    assert choose("Lander and rocket leave a crater", topic="Science")[0] == "space"


def test_an_unsure_guess_leaves_it_to_the_source():
    assert choose("A rocket, a choir and a clinic", default="Culture") == (
        "culture",
        "the story names no topic; no keyword of a topic was found; its source's topic is Culture",
    )


def test_what_keywords_alone_make_of_labelled_stories_is_counted():
    leaves = (
        Topic("space", "Space", keywords=("galaxy",), hints=("probe",)),
        Topic("culture", "Culture", keywords=("museum",)),
    )
    labels = [
        Label(Text("A galaxy"), "space"),
        Label(Text("A museum in a galaxy", ("The museum.",)), "space"),
        Label(Text("A museum", ("A galaxy. ", "A galaxy of stars.")), "space"),
        Label(Text("A probe"), "space"),
        Label(Text("Nothing"), "space"),
    ]
    figures = try_keywords(labels, leaves)
    assert figures == KeywordFigures(labels=5, decided=1, right=1, unsure=3)
