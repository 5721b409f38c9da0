"""An outage is told when it begins, once an hour while it goes on, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.incidents import Incidents, after_round, key_of

SIX = datetime(2026, 11, 21, 6, tzinfo=UTC)
DOWN = "Sending stopped: mail.example.org:25 cannot be used: nobody listens there"


def rounds(*texts_of_minutes):
    """What is told in each minute, and what is told to be over."""
    known: Incidents = {}
    told = []
    for minute, texts in enumerate(texts_of_minutes):
        after = after_round(known, texts, SIX + timedelta(minutes=minute))
        known = after.known
        told += [(minute, "begun", text) for text in texts if text in after.to_tell]
        told += [(minute, "over", incident.text) for incident in after.over]
    return told


def test_two_hours_of_an_outage_are_three_lines_and_one_for_its_end():
    told = rounds(*[[DOWN]] * 121, [], [])
    assert told == [(0, "begun", DOWN), (60, "begun", DOWN), (120, "begun", DOWN),
                    (121, "over", DOWN)]  # fmt: skip


def test_figures_that_change_make_no_other_incident():
    left = [[f"{DOWN}; {count:,} messages are left"] for count in (1_204, 1_100, 7)]
    assert len(rounds(*left)) == 1


def test_another_reason_is_told_at_once_and_each_has_its_own_end():
    held = "science-daily-2026-11-21 is held: it has no story"
    assert rounds([DOWN], [DOWN, held], [held]) == [
        (0, "begun", DOWN),
        (1, "begun", held),
        (2, "over", DOWN),
    ]


def test_what_comes_back_is_told_again():
    assert [kind for _, kind, _ in rounds([DOWN], [], [DOWN])] == ["begun", "over", "begun"]


def test_a_clock_that_was_set_back_silences_nothing():
    known = after_round({}, [DOWN], SIX + timedelta(days=400)).known
    assert after_round(known, [DOWN], SIX).to_tell == {DOWN}


@pytest.mark.parametrize("figure", ["7", "1,204", "0.5", "06:00", "2026"])
def test_the_key_has_no_figures(figure):
    assert key_of(f"{figure} messages are left") == "# messages are left"
