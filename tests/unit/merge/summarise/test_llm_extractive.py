"""A model points at sentences: what is printed is the reports' own (promise 15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.merge.language.publishers import publisher_key
from digest.merge.summarise.llm import SummaryFailed
from digest.merge.summarise.llm_extractive import NumberedSentence, PointingSummariser
from digest.merge.summarise.story import StoryText, write_text
from digest.model import Origin
from tests.builders import report
from tests.summaries import read_events, told_by

FIRST = (
    "A magnitude 6.3 earthquake struck Elm early on Tuesday.",
    "Rescue teams searched the rubble of a school in the old town.",
    "Mayor Ines Duarte opened the sports hall to 300 people.",
    "She thanked the soldiers for their help with the tents.",
)
SECOND = (
    "Three villages near Elm had no power on Wednesday morning.",
    "Neighbouring Drenia sent two teams with dogs across the border.",
    "Rescue teams searched the rubble of the school in the old town.",
)
REPORTS = (
    told_by("Times", "Quake in Elm", " ".join(FIRST)),
    told_by("Post", "Rescuers at work", " ".join(SECOND), 2),
)


@dataclass
class Points:
    """A model that answers what it is told to."""

    answer: tuple[int, ...] | SummaryFailed
    asked: list[NumberedSentence] = field(default_factory=list)
    name: str = "small-model"

    def point(self, headline: str, sentences: Sequence[NumberedSentence]):
        self.asked += sentences
        return self.answer


def offered(reports=REPORTS) -> list[str]:
    points = Points((1,))
    PointingSummariser(points).summarise(reports)
    assert [one.number for one in points.asked] == list(range(1, len(points.asked) + 1))
    return [one.text for one in points.asked]


def told(*texts: str) -> StoryText | SummaryFailed | None:
    """The story of a model that points at these sentences."""
    numbers = tuple(offered().index(text) + 1 for text in texts)
    return PointingSummariser(Points(numbers)).summarise(REPORTS)


def test_the_sentences_are_told_in_the_order_in_which_they_are_pointed_at():
    story = told(SECOND[1], FIRST[2], FIRST[0])
    assert isinstance(story, StoryText)
    assert story.bullets == (SECOND[1], FIRST[2], FIRST[0])
    assert story.reason.endswith("of the 7 offered, chosen by small-model")
    assert not story.machine_written
    names = [source.name for source in story.sources]
    assert story.origins == (
        Origin("Post", REPORTS[1].key, 2, names.index("Post") + 1),
        Origin("Times", REPORTS[0].key, 3, names.index("Times") + 1),
        Origin("Times", REPORTS[0].key, 1, names.index("Times") + 1),
    )


def test_what_a_sentence_depends_on_stands_before_it():
    for texts in ([FIRST[3]], [FIRST[2], SECOND[0], FIRST[3]]):
        story = told(*texts)
        assert isinstance(story, StoryText)
        at = story.bullets.index(FIRST[3])
        assert story.bullets[at - 1] == FIRST[2]
        assert set(texts) <= set(story.bullets)


def test_of_two_that_say_the_same_the_first_is_told():
    story = told(SECOND[2], FIRST[1], SECOND[0])
    assert isinstance(story, StoryText)
    assert story.bullets == (SECOND[2], SECOND[0])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((), "small-model chose no sentence"),
        ((0, 1), "named numbers that were not among the 7 offered"),
        ((1, 8), "named numbers that were not among the 7 offered"),
        ((1, -1), "named numbers that were not among the 7 offered"),
        ((2, 2), "chose a sentence twice"),
        (tuple(range(1, 10)), "chose 9 sentences; at most 8 are shown"),
    ],
)
def test_an_answer_that_is_no_list_of_numbers_offered_is_not_taken_in_part(answer, why):
    failed = PointingSummariser(Points(answer)).summarise(REPORTS)
    assert isinstance(failed, SummaryFailed)
    assert failed.answered
    assert why in failed.reason


def test_what_says_no_more_than_the_headline_is_no_bullet():
    reports = [told_by("Times", FIRST[0].rstrip("."), " ".join(FIRST))]
    at = offered(reports).index(FIRST[0]) + 1
    failed = PointingSummariser(Points((at,))).summarise(reports)
    assert isinstance(failed, SummaryFailed)
    assert "no more than the headline" in failed.reason


def test_a_failure_is_handed_on():
    failed = SummaryFailed("it is down")
    assert PointingSummariser(Points(failed)).summarise(REPORTS) is failed


def test_a_seed_and_a_text_of_one_sentence_are_not_asked_after():
    points = Points((1,))
    for reports in ([report()], [told_by("Times", "Quake", FIRST[0])], [told_by("Times", "Quake")]):
        assert PointingSummariser(points).summarise(reports) is None
    assert not points.asked


def test_sentences_that_take_a_side_are_not_offered():
    count = "The earthquake in Elm killed {} people in the old town."
    reports = (
        *REPORTS,
        told_by("Star", "Quake in Elm", count.format(12), 3),
        told_by("Sun", "Quake in Elm", count.format(19), 4),
    )
    assert write_text(reports).differing
    assert not [text for text in offered(reports) if "killed" in text]


@given(st.data())
def test_whatever_it_answers_each_bullet_is_a_sentence_of_its_report(data):
    event = data.draw(st.sampled_from([*read_events().values()]))
    answer = data.draw(st.lists(st.integers(-1, 12), max_size=9))
    story = PointingSummariser(Points(tuple(answer))).summarise(event.reports)
    if isinstance(story, StoryText):
        assert all(bullet in event.said for bullet in story.bullets)
        assert len(story.bullets) == len(story.origins) == len(set(story.bullets))
        assert len(story.bullets) + len(story.differing) <= 8


@pytest.mark.parametrize("name", sorted(read_events()))
def test_the_extractive_bullets_know_their_sentences_too(name):
    event = read_events()[name]
    story, texts = event.story, {one.key: one.summary for one in event.reports}
    assert len(story.bullets) == len(story.origins)
    for bullet, origin in zip(story.bullets, story.origins, strict=True):
        assert origin is not None
        assert bullet in " ".join(texts[origin.key].split())
        publisher = story.sources[(origin.number or 0) - 1].name
        assert publisher_key(publisher) == publisher_key(origin.source)
