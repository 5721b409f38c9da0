"""How a feed stands, from what is known of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.services.sources.status import SourceState, judge_feed, judge_folder
from digest.store.feeds import FeedRow
from tests.builders import NOON

HOUR = timedelta(hours=1)
WELL = FeedRow("times", "https://a.example/", "https://a.example/", last_success=NOON)
FAILED: dict[str, Any] = {"last_error": "answered 500", "error_since": NOON - HOUR, "failures": 2}


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        (SourceState.OK, {}),
        (SourceState.NEVER_READ, {"last_success": None}),
        (SourceState.FAILING, FAILED),
        (SourceState.FAILING, {**FAILED, "last_success": None}),
        (SourceState.GONE, {**FAILED, "gone": True}),
        (SourceState.QUARANTINED, {"quarantine": "a flood", "quarantined_at": NOON}),
        (SourceState.QUARANTINED, {"quarantine": "a flood", **FAILED}),
        (SourceState.PAUSED, {"paused": True, "quarantine": "a flood", **FAILED}),
    ],
)
def test_the_state_is_the_one_that_matters_most(state, changes):
    assert judge_feed(replace(WELL, **changes), (NOON,), NOON).state is state


def test_a_failure_is_told_with_its_reason_and_since_when():
    found = judge_feed(replace(WELL, **FAILED), (), NOON)
    assert (found.reason, found.since) == ("answered 500", NOON - HOUR)
    assert found.state.is_problem


def test_a_source_that_spoke_every_hour_and_stopped_for_two_days_is_silent():
    heard = [NOON - timedelta(days=2) - n * HOUR for n in reversed(range(10))]
    found = judge_feed(WELL, heard, NOON)
    assert found.state is SourceState.SILENT
    assert found.since == heard[-1]
    assert "nothing new for" in found.reason
    assert judge_feed(WELL, heard, heard[-1] + HOUR).state is SourceState.OK


def test_a_source_without_an_item_is_empty_and_one_without_any_for_weeks_is_silent():
    week = timedelta(days=7)
    empty = judge_feed(replace(WELL, first_seen=NOON - week), (), NOON)
    assert (empty.state, empty.reason) == (SourceState.EMPTY, "it has no items")
    assert empty.state.is_problem
    long_silent = judge_feed(replace(WELL, first_seen=NOON - 20 * week), (), NOON)
    assert (long_silent.state, long_silent.reason) == (
        SourceState.SILENT,
        "nothing new for more than 60 days",
    )
    assert judge_feed(WELL, [NOON - 5 * week], NOON).reason == "nothing new for 35 days"
    assert judge_feed(WELL, [NOON - 3 * week], NOON).state is SourceState.OK
    monthly = [NOON - 9 * week, NOON - 5 * week]
    assert judge_feed(WELL, monthly, NOON).state is SourceState.OK


def test_a_source_that_was_added_today_and_told_nothing_for_years_is_silent():
    newest = NOON - timedelta(days=800)
    found = judge_feed(replace(WELL, first_seen=NOON), [NOON], NOON, newest)
    assert (found.state, found.reason, found.since) == (
        SourceState.SILENT,
        "nothing new for 800 days",
        newest,
    )
    assert judge_feed(replace(WELL, first_seen=NOON), [NOON], NOON, NOON).state is SourceState.OK


def test_a_folder_without_a_story_was_never_read_and_one_without_any_for_weeks_is_silent(tmp_path):
    week = timedelta(days=7)
    empty = judge_folder(tmp_path, (), NOON, was_read=False)
    assert empty.state is SourceState.NEVER_READ
    assert judge_folder(tmp_path, [NOON - week], NOON, was_read=True).state is SourceState.OK
    silent = judge_folder(tmp_path, [NOON - 5 * week], NOON, was_read=True)
    assert (silent.state, silent.reason) == (SourceState.SILENT, "nothing new for 35 days")
    forgotten = judge_folder(tmp_path, (), NOON, was_read=True)
    assert forgotten.reason == "nothing new for more than 60 days"
    gone = judge_folder(tmp_path / "gone", (), NOON, was_read=True)
    assert gone.state is SourceState.FAILING


def test_neither_a_pause_nor_a_source_that_waits_for_its_first_fetch_is_trouble():
    assert not SourceState.PAUSED.is_problem
    assert not SourceState.NEVER_READ.is_problem


def test_a_state_begins_anew_with_another_address_but_keeps_what_the_operator_decided():
    row = replace(
        WELL, etag='"1"', paused=True, quarantine="a flood", quarantined_at=NOON, **FAILED
    )
    assert row.at(row.configured) is row
    moved = row.at("https://b.example/")
    assert (moved.configured, moved.url) == ("https://b.example/", "https://b.example/")
    assert (moved.etag, moved.last_error, moved.last_success) == ("", "", None)
    assert (moved.paused, moved.quarantine) == (True, "a flood")
