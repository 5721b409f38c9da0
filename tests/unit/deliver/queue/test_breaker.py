"""Who is meant by a refusal, told by who else is refused: the rules alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.deliver.queue.refusal_breaker import ALIKE, RefusalBreaker, likeness, of_addresses
from digest.model import Claim, Outcome, Subscriber, Verdict
from tests.sampling import examples

OURS = Outcome(Verdict.STOP, "message: 550 5.7.1 relaying denied", 550)
THEIRS = Outcome(Verdict.REJECTED, "550 5.1.1 no such user", 550)


def claim(number: int) -> Claim:
    return Claim(1, Subscriber(number, f"{number}@example.org"), frozenset(), 1)


def refuse(breaker: "RefusalBreaker[Claim]", *outcomes: Outcome) -> None:
    for outcome in outcomes:
        breaker.refused(claim(breaker.hand_out()), outcome)


def verdicts(breaker: "RefusalBreaker[Claim]") -> list[Verdict]:
    return [refusal.outcome.verdict for refusal in breaker.settle()]


@pytest.mark.parametrize("outcome", [OURS, THEIRS])
def test_so_many_alike_in_a_row_are_our_fault_whatever_the_words(outcome):
    breaker: RefusalBreaker[Claim] = RefusalBreaker(1)
    refuse(breaker, *[outcome] * (ALIKE - 1))
    assert breaker.opened is None
    refuse(breaker, outcome)
    assert breaker.opened is not None
    assert breaker.opened.startswith("10 messages were refused and nobody accepted after them")
    assert breaker.opened.endswith(outcome.reply)
    assert verdicts(breaker) == [Verdict.STOP] * ALIKE


@pytest.mark.parametrize("outcome", [OURS, THEIRS])
def test_what_one_address_gets_while_others_are_accepted_is_its_own_whatever_the_words(outcome):
    breaker: RefusalBreaker[Claim] = RefusalBreaker(1)
    refuse(breaker, outcome)
    (refusal,) = breaker.accepted(breaker.hand_out())
    assert refusal.outcome == Outcome(Verdict.REJECTED, outcome.reply, 550)
    assert verdicts(breaker) == []


def test_a_message_that_was_out_before_the_refusal_came_tells_nothing_of_it():
    breaker: RefusalBreaker[Claim] = RefusalBreaker(2)
    before = breaker.hand_out()
    refuse(breaker, OURS)
    assert breaker.accepted(before) == []
    assert len(breaker.accepted(breaker.hand_out())) == 1


def test_whoever_is_accepted_in_between_keeps_it_closed():
    breaker: RefusalBreaker[Claim] = RefusalBreaker(1)
    for _ in range(5):
        refuse(breaker, *[OURS] * (ALIKE - 1))
        breaker.accepted(breaker.hand_out())
    assert breaker.opened is None


def test_refusals_that_differ_count_together_in_the_end():
    breaker: RefusalBreaker[Claim] = RefusalBreaker(3)
    words = ("one", "two", "three", "four", "five", "six", "seven")
    refuse(breaker, *(Outcome(Verdict.REJECTED, f"550 {each}", 550) for each in words[:6] * 2))
    assert breaker.opened is None
    refuse(breaker, Outcome(Verdict.REJECTED, "550 seven", 550))
    assert breaker.opened is not None


def test_where_nothing_more_comes_the_words_decide():
    breaker: RefusalBreaker[Claim] = RefusalBreaker(1)
    refuse(breaker, OURS, THEIRS)
    assert verdicts(breaker) == [Verdict.STOP, Verdict.REJECTED]


def test_what_fewer_were_refused_for_than_accepted_stops_no_run_in_the_end():
    breaker: RefusalBreaker[Claim] = RefusalBreaker(1, accepted=1)
    breaker.accepted(breaker.hand_out())
    refuse(breaker, OURS, OURS, THEIRS)
    assert verdicts(breaker) == [Verdict.RETRY, Verdict.RETRY, Verdict.REJECTED]
    refuse(breaker, OURS, OURS, OURS)
    assert verdicts(breaker) == [Verdict.STOP] * 3


@given(st.integers(1, 30), st.lists(st.sampled_from("ar"), max_size=120))
@settings(max_examples=examples(200))
def test_no_more_are_out_and_refused_than_ten_and_one_a_connection(connections, answers):
    breaker: RefusalBreaker[Claim] = RefusalBreaker(connections)
    under_way: list[int] = []
    refused = 0
    for answer in answers:
        while breaker.opened is None and len(under_way) < 2 * connections:
            if not breaker.may_hand_out(len(under_way)):
                break
            under_way.append(breaker.hand_out())
        if not under_way:
            break
        if answer == "a":
            refused -= len(breaker.accepted(under_way.pop(0)))
        else:
            breaker.refused(claim(under_way.pop(0)), OURS)
            refused += 1
        assert refused + len(under_way) <= max(ALIKE, connections) + connections
    assert len(breaker.settle()) == refused


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 <a@x.org>: no such user", "550 5.1.1 <b.c@y.example>: no such user"),
        (
            "550 5.7.1 blocked, see https://x.org/?id=1",
            "550 5.7.1 blocked, see https://x.org/?id=2",
        ),
        ("554 5.7.1 [192.0.2.1] listed", "554 5.7.1 [2001:db8::1] listed"),
        ("550 limit 200 of 200 (q1a2b3)", "550 limit 201 of 200 (z9y8x7)"),
        ("550 mx1.example.net says no", "550 mx27.example.net says no"),
    ],
)
def test_refusals_are_alike_but_for_addresses_numbers_and_ids(one, other):
    assert likeness(one) == likeness(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 no such user", "550 5.7.1 no such user"),
        ("550 5.1.1 no such user", "551 5.1.1 no such user"),
        ("550 5.1.1 no such user", "550 5.1.1 relaying denied"),
    ],
)
def test_refusals_with_other_codes_or_words_are_not_alike(one, other):
    assert likeness(one) != likeness(other)


def test_what_most_of_an_issue_was_refused_for_counts_against_nobody():
    same, other = "550 5.2.0 <x@y> not as b@example.org", "550 5.1.1 no such user"
    assert of_addresses([same] * 3 + [other], accepted=1) == [False] * 3 + [True]
    assert of_addresses([same] * 3 + [other], accepted=2) == [True] * 4
    assert of_addresses([other], accepted=0) == [False]
    assert of_addresses([], accepted=5) == []
