"""Limits: in no window of a span does more go out than the limit, and hardly less."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rate_limits import RateLimits, Reservation, allowed, fair_shares, slice_of, window
from tests.builders import NOON

RATES = ("per_second", "per_minute", "per_hour", "per_day")
SECONDS = {"per_second": 1, "per_minute": 60, "per_hour": 3600, "per_day": 86_400}


class Book:
    """What the store does with the rule: keeps what was used, slice by slice."""

    def __init__(self, limits: RateLimits) -> None:
        self.limits = limits
        self.used: dict[int, dict[int, int]] = {span: {} for span in limits.rates}

    def ask(self, now: datetime, want: int) -> Reservation:
        reservation = allowed(self.limits, self.used, now, want)
        for span, slices in self.used.items():
            number = slice_of(span, now)
            slices[number] = slices.get(number, 0) + reservation.count
            for old in [n for n in slices if n not in window(span, now)]:
                del slices[old]
        return reservation


def most_in_a_window(uses: list[tuple[datetime, int]], span: int) -> int:
    """The most in any window of the span, both its ends within."""
    uses = sorted(uses)
    begin, inside, most = 0, 0, 0
    for at, count in uses:
        inside += count
        while at - uses[begin][0] > timedelta(seconds=span):
            inside -= uses[begin][1]
            begin += 1
        most = max(most, inside)
    return most


@given(
    rates=st.dictionaries(st.sampled_from(RATES), st.integers(1, 30), min_size=1),
    asked=st.lists(
        st.tuples(
            st.floats(0, 1).map(lambda x: x**6),  # mostly soon after one another
            st.integers(0, 40),
            st.floats(0, 0.999),
        ),
        max_size=80,
    ),
    scale=st.sampled_from([1.0, 60.0, 3600.0, 90_000.0]),
    start=st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_no_window_ever_sees_more_than_the_limit_whenever_a_grant_is_used(
    rates, asked, scale, start
):
    limits = RateLimits(**rates)
    book, now, uses = Book(limits), NOON + start, []
    for wait, want, used_late in asked:
        now += timedelta(seconds=wait * scale)
        reservation = book.ask(now, want)
        assert 0 <= reservation.count <= want
        assert reservation.at == now < reservation.until
        uses.append((now + used_late * (reservation.until - now), reservation.count))
    for name, limit in rates.items():
        assert most_in_a_window(uses, SECONDS[name]) <= limit


@given(
    rates=st.dictionaries(st.sampled_from(RATES), st.integers(1, 30), min_size=1),
    wants=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    start=st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_next_at_is_when_there_is_room_and_not_later(rates, wants, start):
    book, now = Book(RateLimits(**rates)), NOON + start
    for want in wants:
        reservation = book.ask(now, want)
        assert reservation.count > 0
        if reservation.next_at > now:
            before = allowed(book.limits, book.used, reservation.next_at - _TICK, 1)
            assert before.count == 0
            assert before.next_at == reservation.next_at
        now = reservation.next_at


_TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("most", [1, 7, 1000])
def test_who_always_asks_for_more_gets_nearly_the_whole_rate(name, most):
    book, now, got = Book(RateLimits(**{name: most})), NOON + timedelta(seconds=0.777), 0
    end = now + timedelta(seconds=50 * SECONDS[name])
    while now < end:
        reservation = book.ask(now, most)
        got += reservation.count
        now = max(now + _TICK, reservation.next_at)
    assert got >= 0.94 * 50 * most


@pytest.mark.parametrize("name", RATES)
def test_a_burst_that_goes_out_as_late_as_it_may_is_a_whole_span_before_the_next(name):
    book = Book(RateLimits(**{name: 5}))
    first = book.ask(NOON, 5)
    second = book.ask(first.next_at, 5)
    assert second.count == 5
    assert second.at - (first.until - _TICK) > timedelta(seconds=SECONDS[name])


def test_a_small_want_leaves_the_rest_for_now():
    reservation = allowed(RateLimits(per_minute=10), {}, NOON, 4)
    assert (reservation.count, reservation.next_at) == (4, NOON)


def test_without_a_rate_all_is_granted_for_good():
    reservation = allowed(RateLimits(per_domain=1), {}, NOON, 1_000_000)
    assert reservation.count == 1_000_000
    assert reservation.next_at == NOON
    assert reservation.until > datetime(9999, 1, 1, tzinfo=UTC)


def test_the_tightest_of_several_rates_counts():
    book = Book(RateLimits(per_second=10, per_hour=15))
    assert book.ask(NOON, 100).count == 10
    assert book.ask(NOON + timedelta(seconds=2), 100).count == 5
    last = book.ask(NOON + timedelta(seconds=4), 100)
    assert (last.count, last.next_at) == (0, NOON + timedelta(hours=1, minutes=1))


def test_what_a_fast_clock_counted_counts_but_not_what_one_from_another_day_did():
    number = slice_of(60, NOON)
    limits = RateLimits(per_minute=10)
    assert allowed(limits, {60: {number + 5: 10}}, NOON, 1).count == 0
    assert allowed(limits, {60: {number + 5000: 10}}, NOON, 1).count == 1


def test_a_limit_that_was_lowered_below_what_was_used_waits_until_that_is_past():
    number = slice_of(60, NOON)
    reservation = allowed(RateLimits(per_minute=5), {60: {number - 3: 2, number: 8}}, NOON, 1)
    assert reservation.count == 0
    assert reservation.next_at == NOON + timedelta(seconds=61)


def test_limits_scale_down_to_one_and_never_to_none():
    limits = RateLimits(connections=8, per_second=3, per_day=1000, per_domain=2)
    half = limits.scaled(0.5)
    assert (half.connections, half.per_second, half.per_day) == (4, 1, 500)
    assert (half.per_minute, half.per_domain) == (0, 2)
    least = limits.scaled(0.001)
    assert (least.connections, least.per_second, least.per_minute) == (1, 1, 0)
    assert limits.scaled(1.0) == limits


# slots


@given(
    limit=st.integers(0, 40),
    wanted=st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 20)),
    turn=st.integers(0, 100),
)
def test_slots_are_dealt_evenly_to_those_who_want_them_and_none_is_left_over(limit, wanted, turn):
    shares = fair_shares(limit, wanted, turn)
    assert sum(shares.values()) == min(limit, sum(wanted.values()))
    assert all(shares[name] <= want for name, want in wanted.items())
    hungry = [shares[name] for name, want in wanted.items() if shares[name] < want]
    assert all(share <= min(hungry) + 1 for share in shares.values() if hungry)


def test_with_fewer_slots_than_takers_everybody_has_one_in_some_turn():
    wanted = dict.fromkeys("abcde", 3)
    had = Counter[str]()
    for turn in range(5):
        had.update(fair_shares(2, wanted, turn))
    assert had == dict.fromkeys("abcde", 2)


def test_with_enough_slots_nobody_changes_place():
    wanted = dict.fromkeys("abc", 4)
    assert {tuple(fair_shares(7, wanted, turn).values()) for turn in range(9)} == {(3, 2, 2)}
