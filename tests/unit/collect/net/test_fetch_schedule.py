"""When a feed is asked again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.fetch_schedule import (
    FeedState,
    FetchInterval,
    is_due,
    next_fetch,
    request_for,
)
from digest.collect.net.fetched import Failed, FailureKind, FetchedBody, FetchRequest, NotModified
from tests.builders import NOON

FEED = "https://a.test/feed"
STATE = FeedState(FEED)
BAD = Failed(FailureKind.STATUS, "https://a.test/feed answered 500")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_a_feed_that_was_never_asked_is_due():
    assert is_due(STATE, NOON)


def test_a_feed_that_is_well_waits_for_the_shortest_interval():
    state = next_fetch(
        STATE, FetchedBody(FEED, b"x", etag='"1"', last_modified="m"), NOON, jitter=0
    )
    assert request_for(state) == FetchRequest(FEED, '"1"', "m")
    assert not is_due(state, NOON + 29 * MINUTE)
    assert is_due(state, NOON + 30 * MINUTE)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(MINUTE, 30 * MINUTE), (2 * HOUR, 2 * HOUR), (timedelta(days=400), 12 * HOUR)],
)
def test_what_a_feed_asks_for_is_heeded_within_bounds(asked: timedelta, waits: timedelta):
    by_header = next_fetch(STATE, NotModified(FEED, fresh_for=asked), NOON, jitter=0)
    by_itself = next_fetch(STATE, NotModified(FEED), NOON, jitter=0, ttl=asked)
    assert by_header.next_at == by_itself.next_at == NOON + waits


def test_not_modified_keeps_what_we_have_and_clears_what_was_wrong():
    had = replace(STATE, etag='"1"', failures=3, last_error="x", error_since=NOON - HOUR)
    state = next_fetch(had, NotModified(FEED), NOON, jitter=0)
    assert (state.etag, state.failures, state.last_error, state.error_since) == ('"1"', 0, "", None)
    assert state.last_success == NOON


def test_failures_are_left_alone_longer_and_longer_but_under_a_day():
    state, now, waits = STATE, NOON, []
    for _ in range(9):
        state = next_fetch(state, BAD, now, jitter=1)
        assert state.next_at is not None
        waits.append(state.next_at - now)
        now = state.next_at
    assert waits[:3] == [36 * MINUTE, 72 * MINUTE, 144 * MINUTE]
    assert waits == sorted(waits)
    assert waits[-1] < timedelta(days=1)
    assert state.error_since == NOON
    assert state.failures == 9


def test_a_failure_keeps_the_copy_and_the_last_success():
    had = replace(STATE, etag='"1"', last_success=NOON - HOUR)
    state = next_fetch(had, BAD, NOON, jitter=0)
    assert (state.etag, state.last_success, state.last_error) == ('"1"', NOON - HOUR, BAD.reason)


def test_who_is_told_to_wait_waits():
    told = replace(BAD, retry_at=NOON + 5 * HOUR)
    assert next_fetch(STATE, told, NOON, jitter=0).next_at == NOON + 5 * HOUR
    soon = replace(BAD, retry_at=NOON + MINUTE)
    assert next_fetch(STATE, soon, NOON, jitter=0).next_at == NOON + 30 * MINUTE


def test_a_feed_that_is_gone_is_asked_no_more():
    state = next_fetch(STATE, Failed(FailureKind.GONE, "gone"), NOON, jitter=0)
    assert state.gone
    assert not is_due(state, NOON + timedelta(days=999))


def test_a_feed_that_moved_for_good_is_asked_there():
    moved = FetchedBody(FEED, b"x", moved_to="https://b.test/")
    assert next_fetch(STATE, moved, NOON, jitter=0).url == "https://b.test/"


@given(
    st.sampled_from([BAD, NotModified(FEED), NotModified(FEED, fresh_for=timedelta(days=9))]),
    st.floats(0, 1),
    st.integers(0, 1000),
)
def test_a_run_a_day_asks_every_feed_and_none_is_asked_at_once(outcome, jitter, failures):
    state = next_fetch(replace(STATE, failures=failures), outcome, NOON, jitter=jitter)
    assert not is_due(state, NOON + 0.9 * FetchInterval().shortest - timedelta(seconds=1))
    assert is_due(state, NOON + timedelta(hours=23))
