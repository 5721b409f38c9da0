"""The topic of a story, and the reason, which anyone may ask for."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from digest.collect.files.folder import read_folder
from digest.collect.files.result import ReadStory
from digest.merge.story import make_story
from digest.merge.topics import choose_topic, score_topics
from digest.model import Topic, TopicTree
from tests.builders import NOON, TREE, report
from tests.paths import ROOT


def tree(**keywords):
    return TopicTree(
        tuple(Topic(name, name.title(), None, words) for name, words in keywords.items())
    )


def choose(**changes):
    choice = choose_topic(report(**changes), TREE)
    return choice.topic, choice.reason


@pytest.mark.parametrize("name", ["space", "Space", " SPACE "])
def test_a_topic_that_is_a_leaf_of_ours_stands_whatever_the_words_say(name):
    topic, reason = choose(topic=name, headline="A vaccine for patients")
    assert (topic, reason) == ("space", "the story names Space")


def test_a_leaf_without_a_parent_stands_too():
    assert choose(topic="culture")[0] == "culture"


def test_a_parent_is_refined_by_the_keywords_and_the_reason_names_words_and_score():
    topic, reason = choose(
        topic="Science",
        headline="A galaxy of planets",
        bullets=("One galaxy.", "No galaxies, one planet.", "A patient waits."),
    )
    assert topic == "space"
    assert reason == "the story names Science; space scores 8: galaxy, planet*"


def test_all_candidates_are_told_best_first():
    choice = choose_topic(
        report(topic="Science", headline="Planets", bullets=("A patient.", "A vaccine.")), TREE
    )
    assert [(s.topic, s.score, s.words) for s in choice.scores] == [
        ("space", 3, ("planet*",)),
        ("medicine", 2, ("patient", "vaccin*")),
    ]


def test_a_parent_is_refined_to_its_own_leaves_alone():
    assert choose(topic="Science", headline="A museum opens")[0] == "science"


def test_what_matches_nothing_stays_with_the_parent():
    topic, reason = choose(topic="Science")
    assert (topic, reason) == (
        "science",
        "the story names Science; no keyword of a topic was found",
    )


def test_a_topic_that_we_do_not_have_is_looked_for_among_all_leaves():
    topic, reason = choose(topic="Arts", headline="A museum opens")
    assert topic == "culture"
    assert reason == (
        "the story names Arts, which is not in config/topics.toml; culture scores 3: museum"
    )


def test_a_story_that_names_no_topic_gets_one_by_its_words_or_is_other():
    assert choose(headline="A museum opens") == (
        "culture",
        "the story names no topic; culture scores 3: museum",
    )
    assert choose() == ("other", "the story names no topic; no keyword of a topic was found")


def test_a_headline_counts_three_and_each_bullet_one():
    scored = report(headline="x, x and x", bullets=("x x", "X.", "none"))
    (score,) = score_topics(scored, tree(a=("x",)).topics)
    assert score.score == 5


def test_a_tie_goes_to_the_topic_that_comes_first():
    both = report(headline="x y")
    assert choose_topic(both, tree(a=("y",), b=("x",))).topic == "a"
    assert choose_topic(both, tree(b=("x",), a=("y",))).topic == "b"


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("star", "A star."),
        ("star", "STARS!"),
        ("star", "(star)"),
        ("star", "the star's light"),
        ("star", "the star’s light"),
        ("virus", "viruses"),
        ("planet*", "planetary"),
        ("planet*", "planet"),
        ("stem cell", "stem  cells"),
        ("stem cell", "stem\ncell"),
        ("stem cell", "a stem-cell treatment"),
        ("brain-computer", "a brain-computer link"),
        ("c++", "in C++ now"),
        (" padded * ", "paddeds"),
        ("été", "l'ÉTÉ"),
    ],
)
def test_a_keyword_is_found(keyword, text):
    assert score_topics(report(headline=text), tree(a=(keyword,)).topics)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("star", "start"),
        ("star", "mustar"),
        ("planet*", "exoplanet"),
        ("stem cell", "stem of a cell"),
        ("stem cell", "stemcell"),
        ("a.c", "abc"),
        ("", "anything at all"),
        ("  ", "anything at all"),
        ("*", "anything at all"),
        (" * ", "anything at all"),
    ],
)
def test_a_keyword_is_not_found_in_other_words(keyword, text):
    assert not score_topics(report(headline=text, bullets=(text,)), tree(a=(keyword,)).topics)


def test_a_story_takes_over_what_its_report_says_with_the_topic_and_the_reason():
    told = report(topic="Science", headline="A vaccine", source_count=3)
    story = make_story(told, TREE, story_id=7, collected_at=NOON)
    assert (story.id, story.topic, story.source_count) == (7, "medicine", 3)
    assert story.topic_reason == "the story names Science; medicine scores 3: vaccin*"
    assert (story.headline, story.bullets) == (told.headline, told.bullets)
    assert story.collected_at == NOON


def test_the_stories_that_we_carry_get_the_topics_that_a_person_would_choose():
    project = ROOT
    topics = tomllib.loads((project / "config" / "topics.toml").read_text("utf-8"))["topics"]
    ours = TopicTree(
        tuple(Topic(**{**t, "keywords": tuple(t.get("keywords", ()))}) for t in topics)
    )
    found = {}
    for item in read_folder(project / "seeds", source="seeds", today=date.max, known={}):
        assert isinstance(item, ReadStory), item
        topic = choose_topic(item.report, ours).topic
        assert ours.is_leaf(ours.by_id[topic])
        if item.report.topic == "Science":
            found[Path(item.report.key).stem] = topic
    assert found == {
        "dart-asteroid-deflection": "space",
        "giant-bacterium": "biology",
        "lecanemab-approval": "neuroscience",
        "dinosaur-tail-amber": "palaeontology",
        "bennu-sample-life-molecules": "space",
        "homo-naledi-age": "palaeontology",
        "oldest-ice-core": "climate",
        "stem-cell-trial": "medicine",
    }


# of feeds


def feed_report(**changes):
    return report(**{"bullets": (), "url": "https://example.org/a", **changes})


def test_a_sentence_of_a_feeds_text_counts_like_a_bullet():
    told = feed_report(
        headline="News", summary="A planet is seen. Its galaxy is far.\nA patient sees the planet."
    )
    scores = [(s.topic, s.score) for s in choose_topic(told, TREE).scores]
    assert scores == [("space", 3), ("medicine", 1)]


def test_a_feeds_text_counts_with_its_beginning_alone():
    filler = "Nothing is said here. " * 8
    assert choose_topic(feed_report(summary=filler + "A museum opens."), TREE).topic == "other"
    assert choose_topic(feed_report(summary="A museum opens. " + filler), TREE).topic == "culture"


def test_bullets_count_and_the_text_they_were_made_from_does_not_count_again():
    both = report(headline="News", bullets=("A planet.",), summary="A museum. A museum.")
    assert choose_topic(both, TREE).topic == "space"


@pytest.mark.parametrize(
    ("topic", "default", "chosen"),
    [
        (None, "medicine", "medicine"),
        (None, "Medicine", "medicine"),
        (None, "science", "science"),
        (None, "unknown", "other"),
        ("Science", "medicine", "medicine"),
        ("Science", "culture", "science"),
        ("culture", "medicine", "culture"),
        ("Arts", "medicine", "medicine"),
    ],
)
def test_the_topic_of_the_source_stands_where_the_story_says_nothing(topic, default, chosen):
    assert choose_topic(report(topic=topic), TREE, default=default).topic == chosen


def test_a_keyword_comes_before_the_topic_of_the_source():
    told = choose_topic(report(headline="A galaxy"), TREE, default="medicine")
    assert (told.topic, told.reason) == (
        "space",
        "the story names no topic; space scores 3: galaxy",
    )
