"""A model that writes is believed as a whole or not at all, and labelled (promise 15)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from digest.merge.summarise.llm import SummaryFailed
from digest.merge.summarise.llm_abstractive import SummaryInput, WritingSummariser
from digest.merge.summarise.story import StoryText, write_text
from tests.builders import report
from tests.summaries import told_by

REPORTS = (
    told_by(
        "A",
        "Quake in Elm",
        "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people and injuring 40. "
        "Rescue teams searched the rubble of a school.",
    ),
    told_by("B", "Rescuers at work", "Neighbouring Drenia sent two teams with dogs.", 2),
)
GOOD = (
    "Rescue teams searched the rubble of the school.",
    "Neighbouring Drenia sent 2 teams with dogs.",
)


@dataclass
class Writes:
    """A model that answers what it is told to."""

    answer: tuple[str, ...] | SummaryFailed
    asked: Sequence[SummaryInput] = ()
    name: str = "small-model"

    def write(self, inputs, language):
        self.asked = inputs
        return self.answer


def test_bullets_that_stand_are_a_machines_and_know_their_sentences():
    summariser = WritingSummariser(Writes(tuple(f"- {one}" for one in GOOD)))
    story = summariser.summarise(REPORTS)
    assert isinstance(story, StoryText)
    assert story.bullets == GOOD
    assert story.machine_written
    assert "small-model" in story.reason
    assert [(one.source, one.sentence) for one in story.origins if one] == [("A", 2), ("B", 1)]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((), "gave no bullets"),
        (("  ",), "gave no bullets"),
        ((*GOOD, "Macron sent two teams with dogs."), "do not say: Macron sent two teams"),
        (tuple(f"{GOOD[1][:-1]} {at}." for at in range(9)), "at most 8"),
    ],
)
def test_one_that_is_false_spoils_all(answer, why):
    failed = WritingSummariser(Writes(answer)).summarise(REPORTS)
    assert isinstance(failed, SummaryFailed)
    assert failed.answered
    assert why in failed.reason


def test_a_failure_is_handed_on():
    failed = SummaryFailed("it is down")
    assert WritingSummariser(Writes(failed)).summarise(REPORTS) is failed


def test_it_takes_no_side_where_the_reports_differ():
    count = "The earthquake in Elm killed {} people."
    reports = (
        told_by("C", "Quake in Elm", count.format(12)),
        told_by("D", "Quake in Elm", count.format(15), 3),
    )
    assert write_text(reports).differing
    failed = WritingSummariser(Writes((count.format(15),))).summarise(reports)
    assert isinstance(failed, SummaryFailed)
    assert "takes a side" in failed.reason


def test_a_seed_and_a_bare_headline_are_never_summarised():
    writes = Writes(GOOD)
    assert WritingSummariser(writes).summarise((report(),)) is None
    assert WritingSummariser(writes).summarise((told_by("A", "Quake in Elm"),)) is None
    assert not writes.asked
