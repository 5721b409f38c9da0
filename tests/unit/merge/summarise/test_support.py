"""What a machine wrote stands only if the reports say it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from digest.merge.summarise.model import SummaryFailed, SummaryInput, find_fault, summarise_with
from digest.merge.summarise.story import write_text
from digest.merge.summarise.support import is_supported
from tests.builders import report
from tests.summaries import read_events, told_by

REPORTS = (
    told_by(
        "A",
        "Quake in Elm kills 12",
        "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people and injuring 40. "
        'Rescue teams searched the rubble of a school. "We heard a roar," said teacher Ana Petrov.',
    ),
    told_by(
        "B",
        "Rescuers at work in Elm",
        "Three villages near Elm had no power on Wednesday. The dam at Norton was not damaged, its "
        "operator said. Neighbouring Drenia sent two teams with dogs.",
        2,
    ),
)


@pytest.mark.parametrize(
    "bullet",
    [
        "A magnitude 6.3 earthquake struck Elm on Tuesday, killing 12 people and injuring 40.",
        "The earthquake of magnitude 6.3 killed 12 people in Elm.",
        "Three villages near Elm were without power.",
        "3 villages near Elm had no power on Wednesday.",
        'Teacher Ana Petrov said: "We heard a roar."',
        "The dam at Norton was not damaged.",
        "Drenia sent two teams with dogs.",
    ],
)
def test_what_the_reports_say_is_supported(bullet):
    assert is_supported(bullet, REPORTS)


@pytest.mark.parametrize(
    "bullet",
    [
        "The earthquake killed 15 people in Elm.",
        "The earthquake injured 12 people in Elm.",
        "The earthquake killed 40 people in Elm.",
        "President Okafor said the earthquake killed 12 people in Elm.",
        "Macron sent two teams with dogs to Elm.",
        "The dam at Norton was damaged in the earthquake.",
        "Drenia sent no teams with dogs.",
        'Ana Petrov said: "We heard a loud bang."',
        "Drenia sent 12 teams with dogs.",
        "Experts blame shoddy construction for the destruction of buildings.",
        "An earthquake struck Elm on Tuesday and...",
        "He sent <b>teams</b> with dogs.",
        "See https://example.org for the earthquake in Elm.",
        "",
    ],
)
def test_what_they_do_not_say_is_not(bullet):
    assert not is_supported(bullet, REPORTS)


@pytest.mark.parametrize("name", sorted(read_events()))
def test_the_extractive_bullets_are_supported_by_their_own_reports(name):
    event = read_events()[name]
    assert [one for one in event.story.bullets if not is_supported(one, event.reports)] == []


@dataclass
class Writes:
    """A summariser that answers what it was told to."""

    answer: tuple[str, ...] | SummaryFailed
    asked: Sequence[SummaryInput] = ()

    def summarise(self, accounts, language):
        self.asked = accounts
        return self.answer


GOOD = (
    "The earthquake of magnitude 6.3 killed 12 people in Elm.",
    "Drenia sent two teams with dogs.",
)


def test_supported_bullets_stand_without_their_markers():
    story = summarise_with(Writes(tuple(f"- {one}" for one in GOOD)), write_text(REPORTS), REPORTS)
    assert story.bullets == GOOD


@pytest.mark.parametrize(
    "answer",
    [
        SummaryFailed("it is down"),
        (),
        ("  ",),
        (*GOOD, "Macron sent two teams with dogs to Elm."),
        tuple(f"{GOOD[1][:-1]} {at}." for at in range(9)),
    ],
)
def test_otherwise_the_extractive_ones_do_and_the_log_says_why(answer, capsys):
    story = write_text(REPORTS)
    assert summarise_with(Writes(answer), story, REPORTS) == story
    assert "a summary is not used" in "".join(capsys.readouterr())


def test_it_takes_no_side_where_the_reports_differ():
    reports = (*REPORTS, told_by("C", "Quake in Elm", "The earthquake in Elm killed 15 people.", 3))
    story = write_text(reports)
    assert story.differing
    assert "takes a side" in find_fault(
        ("The earthquake in Elm killed 15 people.",), story, reports
    )


def test_a_seed_is_never_summarised():
    writes = Writes(GOOD)
    seed = (report(),)
    assert summarise_with(writes, write_text(seed), seed).bullets == seed[0].bullets
    assert not writes.asked
