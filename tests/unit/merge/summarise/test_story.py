"""One story of many reports: its headline, bullets, differing facts, picture and sources."""

from dataclasses import replace

import numpy as np
import pytest

from digest.merge.language.figures import figures_in
from digest.merge.language.publishers import publisher_key
from digest.merge.summarise.differing import find_differences
from digest.merge.summarise.headline import strip_headline
from digest.merge.summarise.novelty import news_since
from digest.merge.summarise.reports import MAX_READ, candidate_bullets, read
from digest.merge.summarise.salience import lexrank
from digest.merge.summarise.story import write_text
from digest.model import Image, SourceRef
from tests.builders import report
from tests.summaries import told_by

LEAD = "The city of Elm closed the Dorn bridge on Sunday after engineers found cracks in a pillar."


def test_a_report_without_a_text_gives_its_headline_and_no_bullet():
    story = write_text([told_by("Example Times", "Elm closes bridge")])
    assert (story.headline, story.bullets) == ("Elm closes bridge", ())


def test_a_report_of_one_sentence_gives_one_bullet():
    assert write_text([told_by("Example Times", "Elm closes bridge", LEAD)]).bullets == (LEAD,)


def test_a_text_that_only_repeats_the_headline_gives_none():
    assert write_text([told_by("Example Times", LEAD.rstrip("."), LEAD)]).bullets == ()


def test_a_seed_keeps_its_headline_bullets_and_count():
    seed = report(headline="WATCH: Odd one", bullets=("half a", "He said."), source_count=3)
    story = write_text([told_by("Example Times", "Elm closes bridge", LEAD), seed])
    assert (story.headline, story.bullets) == ("WATCH: Odd one", ("half a", "He said."))
    assert story.source_count == 3


def test_a_seed_alone_names_the_sources_that_it_names():
    assert write_text([report(sources=(), source_count=2)]).sources == ()


def test_a_dependent_sentence_comes_right_behind_what_it_depends_on_or_not_at_all():
    text = f"{LEAD} Mayor Ada Brandt ordered an inquiry into it. She wants results by May."
    others = "Drivers waited for hours at the ferry. The detour takes forty minutes by car."
    bullets = write_text(
        [told_by("A", "Bridge shut", text), told_by("B", "Bridge shut", others)]
    ).bullets
    for at, bullet in enumerate(bullets):
        if bullet.startswith("She"):
            assert bullets[at - 1].startswith("Mayor")
    lone = told_by(
        "A", "Bridge shut", "Why now? She wants results by the end of May, officials say."
    )
    assert write_text([lone]).bullets == ()


def test_nothing_depends_on_a_sentence_that_is_left_out():
    text = "Ada Brandt ordered an inquiry into the matter. Why now? She wants results by May 2027."
    bullets = candidate_bullets([read(told_by("A", "Bridge shut", f"{LEAD} {text}"))])
    assert [bullet.text[:3] for bullet in bullets] == ["The", "Ada"]


def test_a_long_text_is_not_cut_into_a_sentence():
    begun = "The bridge over the river Dorn was closed by order of Dr."
    assert write_text([told_by("A", "Bridge shut", begun)]).bullets == (begun,)
    text = f"Rain fell.{begun.rjust(MAX_READ - 10, chr(10))} Brandt, who is the mayor of Elm."
    story = write_text([replace(told_by("A", "Bridge shut"), summary=text)])
    assert story.bullets == ()


def test_what_two_publishers_say_comes_before_what_one_says():
    both = "The ferry to Norton will run every ten minutes until the end of May."
    texts = ["Ada Brandt opened a rose garden.", "The weather was mild."]
    reports = [
        told_by(name, "Bridge shut", f"{x} {both}") for name, x in zip("AB", texts, strict=True)
    ]
    assert both in write_text(reports).bullets


def test_lexrank_prefers_what_is_like_the_others():
    alike = np.array([[1, 0.6, 0.6, 0], [0.6, 1, 0.1, 0], [0.6, 0.1, 1, 0], [0, 0, 0, 1.0]])
    rank = lexrank(alike, np.ones(4), np.array([0, 1, 2, 3]))
    assert rank.argmax() == 0
    assert rank.argmin() == 3
    assert rank.sum() == pytest.approx(1)


def test_the_most_central_headline_stands_and_not_the_loudest():
    texts = [
        ("A", "Elm closes Dorn bridge after cracks are found"),
        ("B", "SHOCKING: DORN BRIDGE ABOUT TO COLLAPSE!!!"),
        ("C", "You won't believe what engineers found in Elm"),
        ("D", "Is the Dorn bridge in Elm safe after cracks were found?"),
        ("E", "Cracks found in Dorn bridge, Elm..."),
    ]
    assert write_text([told_by(name, head, LEAD) for name, head in texts]).headline == texts[0][1]


@pytest.mark.parametrize(
    "loud",
    [
        "ELM CLOSES DORN BRIDGE AFTER CRACKS ARE FOUND",
        "Here's why Elm closes Dorn bridge after cracks are found",
        "Elm closes Dorn bridge after cracks are found!",
        "Elm closes Dorn bridge after cracks are found...",
        "Elm closes Dorn bridge after cracks are found?",
    ],
)
def test_of_two_with_the_same_words_the_quiet_one_stands(loud):
    quiet = "Elm closes Dorn bridge after cracks are found"
    reports = [told_by("A", loud, LEAD, 0), told_by("B", quiet, LEAD, 1)]
    assert write_text(reports).headline == quiet


@pytest.mark.parametrize(
    "headline",
    [
        "UPDATE 1-Elm closes bridge",
        "WATCH: Elm closes bridge",
        "LIVE: Elm closes bridge",
        "Elm closes bridge - Example Times",
        "Elm closes bridge | Example Times",
        "Elm closes bridge (Reuters)",
    ],
)
def test_a_headline_is_cleaned(headline):
    assert strip_headline(headline, ["Other", "Example Times"]) == "Elm closes bridge"


@pytest.mark.parametrize("name", ["Example Times", "EXAMPLE TIMES", "The Example Times", "exampletimes.com", "www.exampletimes.co.uk"])  # fmt: skip # noqa: E501
def test_a_publisher_is_known_by_any_spelling(name):
    assert publisher_key(name) == "exampletimes"


def test_names_that_are_nothing_but_marks_stay_apart():
    assert publisher_key("***") != publisher_key("+++")
    assert publisher_key("The") == publisher_key("the")


def test_a_publisher_is_one_source_with_its_first_link():
    one, two = told_by("The Example Times", "A", LEAD, 0), told_by("exampletimes.com", "A", LEAD, 1)
    other = told_by("Example Post", "B", LEAD, 2)
    story = write_text([two, one, other])
    assert story.source_count == 2
    assert (
        SourceRef("The Example Times", "https://example.org/the-example-times/0") in story.sources
    )


def test_the_picture_that_says_what_it_shows_is_taken():
    bare, told = Image("https://example.org/1.jpg"), Image("https://example.org/2.jpg", "A bridge")
    reports = [told_by("A", "B", image=bare), told_by("B", "B", hour=1, image=told)]
    assert write_text(reports).image == told
    assert write_text(reports[:1]).image == bare
    assert write_text([told_by("A", "B")]).image is None


def test_reports_of_the_main_language_tell_the_story_and_all_are_sources():
    reports = [
        told_by("A", "Elm closes bridge", LEAD),
        told_by("B", "Bridge closed in Elm", "Ferries will run every ten minutes.", 1),
        told_by(
            "C", "Elm sperrt Brücke", "Die Stadt Elm hat die Brücke gesperrt.", 2, language="de"
        ),
    ]
    story = write_text(reports)
    assert story.language == "en"
    assert not any("Stadt" in bullet for bullet in story.bullets)
    assert story.source_count == 3


def differing(*texts):
    readings = [
        read(told_by(chr(65 + at), "Quake in Elm", text, at)) for at, text in enumerate(texts)
    ]
    return [
        "; ".join(f"{one.phrase} ({', '.join(one.publishers)})" for one in fact.versions)
        for fact in find_differences(readings).facts
    ]


def test_figures_that_differ_are_shown_side_by_side():
    assert differing(
        "The quake killed 12 people in the town of Elm.",
        "At least 15 people died in the quake in Elm.",
    ) == ["killed 12 people (A); At least 15 people died (B)"]


def test_a_differing_fact_says_what_it_counts():
    texts = ("The quake killed 12 people in Elm town.", "The quake killed 15 people in Elm town.")
    readings = [read(told_by(name, "Quake", text)) for name, text in zip("AB", texts, strict=True)]
    fact = find_differences(readings).facts[0]
    assert fact.counts == "dead"


def test_a_publishers_newer_figure_supersedes_its_older_one():
    old = read(told_by("A", "Quake", "The quake killed 12 people in the town of Elm.", 0))
    new = read(told_by("A", "Quake", "The death toll rose from 12 to 15 in Elm.", 2))
    other = read(told_by("B", "Quake", "The quake killed 15 people in the town of Elm.", 1))
    assert find_differences([old, new]).facts == ()
    assert len(find_differences([old, other]).facts) == 1
    assert find_differences([old, other, new]).facts == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The quake killed 12 people in Elm.", "The quake injured 15 people in Elm."),
        ("The quake killed 12 people in Elm.", "A quake killed 250 people there in 1998."),
        ("The quake killed 12 people in Elm.", "The quake killed 15 sheep in Elm."),
        ("The quake killed 12 people in Elm.", "Twelve people died in the quake in Elm."),
        ("The quake killed 1,187 people in Elm.", "The quake killed about 1,200 people in Elm."),
        ("The quake killed more than 100 people in Elm.", "The quake killed 112 people in Elm."),
        ("The quake killed 12 people in Elm.", "Three of the dead were children from Elm."),
        (
            "The quake killed 12 people in Elm.",
            "The quake killed 9 people in Ash and 3 died in Elm.",
        ),
        ("A quake of magnitude 6.3 struck Elm.", "An aftershock of magnitude 5.1 struck Elm."),
        ("Prices rose by 3 percent in May.", "Wages of nurses rose by 5 percent, a survey says."),
        ("It took 3 hours to reach the town of Elm.", "It took 5 hours to reach the town of Elm."),
        ("The firm paid $3.2 billion for its rival.", "The firm paid $3.2bn for its rival."),
        ("The 12-year-old boy died in Elm.", "The 15-year-old boy died in Elm."),
    ],
)
def test_what_is_not_surely_the_same_thing_is_not_compared(one, other):
    assert differing(one, other) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The fire burned 1,200 acres of old pine.", "The fire burned 1,800 acres of old pine."),
        ("The firm paid $3 billion for its rival Ash.", "The firm paid $4bn for its rival Ash."),
        ("A quake of magnitude 6.3 struck Elm.", "A magnitude 6.7 quake struck the town of Elm."),
        ("Three people were injured in the fire.", "Five people were injured, police said."),
    ],
)  # fmt: skip
def test_figures_with_the_same_words_around_are_compared(one, other):
    assert len(differing(one, other)) == 1


@pytest.mark.parametrize(
    ("language", "text", "counts", "value"),
    [
        ("en", "At least 15 people were killed.", "dead", 15),
        ("en", "Fifteen people were wounded.", "injured", 15),
        ("de", "Bei dem Beben starben 15 Menschen.", "dead", 15),
        ("de", "Zwölf Menschen wurden verletzt.", "injured", 12),
        ("fr", "Le séisme a fait 15 morts.", "dead", 15),
        ("es", "El sismo dejó al menos 15 muertos.", "dead", 15),
        ("it", "Il sisma ha causato 15 morti.", "dead", 15),
        ("ja", "地震で15人が死亡した。", "dead", 15),
        ("zh", "地震造成死亡人数上升，受伤15人。", "injured", 15),
    ],
)
def test_figures_are_read_in_many_languages(language, text, counts, value):
    (figure,) = figures_in(text, language)
    assert (figure.counts, figure.value) == (counts, value)
    assert figure.phrase in text


BEFORE = (
    "Quake in Elm kills 12",
    "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people.",
    "Rescue teams searched the rubble of a school dormitory. The government declared an emergency.",
)


def test_the_same_in_other_words_is_no_news():
    text = "An earthquake of magnitude 6.3 struck Elm on Tuesday. Twelve people were killed in it."
    assert news_since(BEFORE, [told_by("B", "Quake hits Elm", text)]) == ()
    assert news_since(BEFORE, [told_by("B", "Quake hits Elm")]) == ()


def test_another_toll_is_news():
    new = "The earthquake in Elm killed 31 people, the government said on Tuesday."
    assert [one.text for one in news_since(BEFORE, [told_by("B", "Toll rises", new)])] == [new]


def test_a_new_fact_with_a_name_is_news_and_the_old_ones_are_not_told_again():
    new = "The builder of the school dormitory, Karl Voss, was arrested in Ashford on Wednesday."
    text = f"{new} A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people."
    assert [one.text for one in news_since(BEFORE, [told_by("B", "Builder arrested", text)])] == [
        new
    ]


def test_what_has_nothing_to_do_with_the_story_is_no_news():
    text = "The Norton opera opened its season on Friday with a production of Carmen."
    assert news_since(BEFORE, [told_by("B", "Opera season opens", text)]) == ()


def test_background_is_no_news():
    text = "The worst earthquake in Elm killed 250 people in 1998, when the Ashford dam broke."
    assert news_since(BEFORE, [told_by("B", "Elm's quakes", text)]) == ()
