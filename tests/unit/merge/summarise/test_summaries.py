"""What is told of the events in tests/data/summaries, by the properties that their files name."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.sentences import sentences_of
from digest.merge.summarise.salience import terms_of
from digest.merge.summarise.standalone import LONGEST, width
from digest.merge.summarise.story import write_text
from tests.summaries import read_events, told_by

EVENTS = read_events()
REPORTS = [report for event in EVENTS.values() for report in event.reports]
# One says the other again: as much of it as no two facts share by chance.
REPEATED = 0.75
BAD = re.compile(
    r"\((?:Reuters|AFP|dpa|EFE|ANSA)\)|رويترز|共同】|\.\.\.|…|\?|¿|Read more|Lesen Sie|À lire"
)


@pytest.fixture(params=sorted(EVENTS))
def event(request):
    return EVENTS[request.param]


def test_there_are_enough_events_and_languages():
    assert len(EVENTS) >= 12
    assert len({one.expected["language"] for one in EVENTS.values()} - {"en"}) >= 3


def test_the_facts_that_matter_are_told(event):
    story = event.story
    differing = [one.phrase for fact in story.differing for one in fact.versions]
    told = " ".join((story.headline, *differing, *story.bullets))
    assert [fact for fact in event.expected["must"] if fact not in told] == []


def test_the_headline_is_one_of_the_reports_and_not_the_loudest(event):
    headline = event.story.headline
    assert any(headline in report.headline for report in event.reports)
    assert [word for word in event.expected.get("headline_not", ()) if word in headline] == []


def test_bullets_are_whole_sentences_of_the_reports(event):
    sentences = {
        " ".join(sentence.text.split())
        for report in event.reports
        for sentence in sentences_of(report.summary, report.language)
    }
    for bullet in event.story.bullets:
        assert bullet in sentences
        assert width(bullet) <= LONGEST


def test_no_bullet_has_a_dateline_furniture_or_a_cut(event):
    assert [bullet for bullet in event.story.bullets if BAD.search(bullet)] == []


def test_there_are_at_most_eight_bullets_and_as_many_as_the_file_says(event):
    story = event.story
    assert len(story.differing) + len(story.bullets) <= 8
    assert len(story.bullets) == event.expected.get("bullets", len(story.bullets))


def test_no_bullet_repeats_another(event):
    for one, other in combinations(event.story.bullets, 2):
        first, second = set(terms_of(one)), set(terms_of(other))
        assert len(first & second) < REPEATED * min(len(first), len(second)), (one, other)


def test_what_the_reports_differ_on_is_shown_side_by_side_and_nowhere_else(event):
    story = event.story
    expected = event.expected.get("differs", ())
    assert len(story.differing) == bool(expected)
    for fact in story.differing:
        shown = " ".join(version.phrase for version in fact.versions).casefold()
        assert all(figure.casefold() in shown for figure in expected)
        phrases = [version.phrase for version in fact.versions]
        assert not any(phrase in bullet for phrase in phrases for bullet in story.bullets)


def test_sources_are_counted_by_publisher(event):
    story = event.story
    assert story.source_count == len(story.sources) == event.expected["sources"]


@given(st.data())
def test_the_order_of_the_reports_does_not_matter(data):
    event = EVENTS[data.draw(st.sampled_from(sorted(EVENTS)))]
    assert write_text(data.draw(st.permutations(event.reports))) == event.story


@given(
    st.lists(
        st.sampled_from([r for e in EVENTS.values() for r in e.reports]), min_size=1, max_size=6
    )
)
def test_any_reports_make_a_story(reports):
    story = write_text(reports)
    assert story.headline
    assert len(story.differing) + len(story.bullets) <= 8
    assert 1 <= story.source_count <= len(reports)


@given(st.lists(st.text(), min_size=1, max_size=3), st.sampled_from([None, "en", "de", "ja", "xx"]))
def test_any_text_makes_a_story_of_its_own_sentences(texts, language):
    reports = [told_by(f"P{at}", "A", text, at, language=language) for at, text in enumerate(texts)]
    assert all(any(bullet in text for text in texts) for bullet in write_text(reports).bullets)
