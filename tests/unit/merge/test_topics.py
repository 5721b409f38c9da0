"""The topic of a story, and the reason, which anyone may ask for."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from digest.collect.files.folder import read_folder
from digest.collect.files.result import ReadStory
from digest.merge.story import make_story
from digest.merge.topic_model import Text
from digest.merge.topics import choose_topic, score_topics, text_of
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
    (score,) = score_topics(text_of(scored), tree(a=("x",)).topics)
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
    assert score_topics(Text(text), tree(a=(keyword,)).topics)


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
    assert not score_topics(Text(text, (text,)), tree(a=(keyword,)).topics)


def test_a_story_takes_over_what_its_report_says_with_the_topic_and_the_reason():
    told = report(topic="Science", headline="A vaccine", source_count=3)
    story = make_story(told, TREE, story_id=7, collected_at=NOON)
    assert (story.id, story.topic, story.source_count) == (7, "medicine", 3)
    assert story.topic_reason == "the story names Science; medicine scores 3: vaccin*"
    assert (story.headline, story.bullets) == (told.headline, told.bullets)
    assert story.collected_at == NOON


# hints, which are words of every day

HINTED = TopicTree(
    (
        Topic(
            "space",
            "Space",
            keywords=("galaxy",),
            hints=("probe", "star", "orbit*"),
            not_with=("fraud", "criminal"),
        ),
        Topic("power", "Power", hints=("battery", "batteries")),
        Topic("culture", "Culture", keywords=("museum",)),
    )
)


@pytest.mark.parametrize(
    ("headline", "line", "topic"),
    [
        ("Mayor faces probe", "The probe began in May.", "other"),
        ("Probe reaches a star", "", "space"),
        ("Probe sent out", "It will orbit for a year.", "space"),
        ("Probe into fraud", "The star of the council is in the orbit of a bank.", "other"),
        ("Galaxy maker accused of fraud", "A probe began.", "space"),
        ("Battery burns", "Batteries are dear.", "other"),
        ("Probe of a museum", "A museum was searched in the probe.", "culture"),
    ],
)
def test_a_single_hint_decides_nothing_and_none_counts_beside_what_turns_it(headline, line, topic):
    told = report(headline=headline, bullets=(line,) if line else ())
    assert choose_topic(told, HINTED).topic == topic


def test_an_unsure_topic_is_told_and_leaves_the_choice_to_the_source():
    told = report(headline="Mayor faces probe", bullets=())
    choice = choose_topic(told, HINTED, default="culture")
    assert choice.topic == "culture"
    assert choice.reason == (
        "the story names no topic; unsure, by one hint alone: space scores 3: probe; its source's "
        "topic is Culture"
    )
    assert [(score.topic, score.is_sure) for score in choice.scores] == [("space", False)]


# Nouns and verbs that the news use of anything; those of our topics are among them.
EVERYDAY = """
    account act action age air amber ancient animal answer area arm army art atmosphere back
    ball band bank bar base battery bat bear beat bed bill bird blood board boat body bomb book
    border boss box boy brain break bridge build burial bus business call camp car card case
    cell centre change charge chip church city class climate clock club coach coast code cold
    company compound computer consciousness cook copy coral cosmic country course court cover
    crash credit cross crowd cup current cut dance date deal death debt degree die disease
    doctor dog door dose draw dream drive drop drought drug ecosystem electron element emission
    engine entangled equation escape evolution exchange extinction eye face fact factory fall
    family farm father feather field fight figure file film find fire fish flag flight floor
    flow food foot force form fossil found frame friend fuel fusion future game gate gene
    geometry girl glass goal gold grass ground group guard guide gun hand head health heart heat
    help hill hold hole home horse hospital host hottest hour house human hunt ice immunity
    infection inscription insect island job judge jump key kid kill king knee lab lake lander
    land laser law lead leader leaf leave leg letter level life lift light line list load lock
    look mail mammoth man map marine mark market master match material matter measure meat medal
    meet memory message metal mine mirror model money moon mother motion mountain mouth
    move mummy music name nature net network news night note nurse object ocean office oil open
    operation orbit order organ organism page paint paper park part particle party pass patient
    pattern pay peak people phone picture pilot place plan planet plant plastic plate play point
    poison police pool port position pottery power press price prison probe process processor
    product program project proof protein prove pull push quantum race rain range reaction
    record reef regulator report rest result ring rise river road robot rock rocket roll roman
    roof room root round rover rule run safe sail salt sand scale scene school score screen
    scroll sea season settlement shape shark shell shift ship shock shoe shop shot
    show side sign signal site skin sleep smoke snow software soil soldier song sound source
    space species spot spring staff stage stand star start state station steel stellar step
    stock stone stop storm story stream street strike stroke structure study sun surface switch
    system table tank target tax teacher team test theory therapy tide tile tiling tomb tool top
    touch tour tower town track trade train treatment tree trial trip truck turn universe value
    valley venus virus voice vote wall war warming watch water wave weather web weight whale
    wheel wind window wing winter wire wolf woman wood word work worker world wound yard year
"""


def test_what_turns_the_hints_is_told():
    told = report(headline="Probe into fraud", bullets=("A star of the council.",))
    assert choose_topic(told, HINTED).reason == (
        "the story names no topic; no hint counts beside fraud: space scores 4: probe, star"
    )


def ours() -> TopicTree:
    """The topics that we carry."""
    tables = tomllib.loads((ROOT / "config" / "topics.toml").read_text("utf-8"))["topics"]
    lists = ("keywords", "hints", "not_with")
    return TopicTree(
        tuple(
            Topic(**{**table, **{name: tuple(table.get(name, ())) for name in lists}})
            for table in tables
        )
    )


def test_no_word_of_every_day_decides_a_topic_that_we_carry():
    tree = ours()
    words = {*EVERYDAY.split(), *(hint for topic in tree.topics for hint in topic.hints)}
    decided = {}
    for word in sorted(words):
        for form in (word, f"{word}s"):
            text = form.removesuffix("*")
            told = report(headline=f"The {text}", bullets=(f"A {text}.", f"Of {text} and {text}."))
            if choose_topic(told, tree).topic != "other":
                decided[form] = choose_topic(told, tree).reason
    assert decided == {}


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("Mayor faces fraud probe", "Prosecutors opened the probe in March."),
        ("Criminal probe into star of stage", "The star denies it."),
        ("Man found dead in prison cell", "The cell was locked, guards said."),
        ("Car maker shows a new model", "The model has room for five."),
        ("Current account fees rise", "The current fee is five euros."),
        ("Rocket attack on port", "Rockets hit the port at night."),
        ("Loan shark jailed", "The shark took half of it."),
        ("Terror cell broken up", "Police say the cell had planted a device at the plant."),
        ("Power plant closes", "The plant has run since 1970."),
        ("Chip shop wins prize", "Its chips are fried twice."),
        ("Drug cartel boss arrested", "The drugs were for the north."),
        ("Film star sued over a roof", "The star and the universe of his films."),
    ],
)
def test_news_of_something_else_is_in_no_topic_that_we_carry(headline, line):
    assert choose_topic(report(headline=headline, bullets=(line,)), ours()).topic == "other"


def test_the_stories_that_we_carry_get_the_topics_that_a_person_would_choose():
    tree = ours()
    found = {}
    for item in read_folder(ROOT / "seeds", source="seeds", today=date.max, hashes={}):
        assert isinstance(item, ReadStory), item
        topic = choose_topic(item.report, tree).topic
        assert tree.is_leaf(tree.by_id[topic])
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
