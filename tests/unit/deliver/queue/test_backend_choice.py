"""Weights: each backend its part, and nobody waits for one that does not take any."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.queue.backend_choice import PATIENCE, SLACK, BackendChoice

WEIGHTS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.integers(1, 20), min_size=2, max_size=4
)


def ask(shares: BackendChoice, name: str, now: float, taken: Counter[str]) -> bool:
    may = shares.may_take(name, now)
    if may:
        shares.took(name, now)
        taken[name] += 1
    return may


@given(weights=WEIGHTS, seed=st.integers(0, 2**32), speed=st.floats(0.01, 1))
def test_where_all_can_keep_up_each_gets_its_part_whoever_asks_more_often(weights, seed, speed):
    random = Random(seed)
    shares, taken, now = BackendChoice(weights, 0.0), Counter[str](), 0.0
    fast, *others = weights
    for _ in range(2000):
        now += 0.001
        ask(shares, fast, now, taken)
        for name in others:
            if random.random() < speed:
                ask(shares, name, now, taken)
    turns = {name: taken[name] / weight for name, weight in weights.items()}
    for name, weight in weights.items():
        assert (turns[name] - min(turns.values())) * weight <= SLACK + 1e-6


@given(weights=WEIGHTS, aside=st.booleans())
def test_one_that_stalls_or_leaves_keeps_nobody_waiting(weights, aside):
    shares, taken = BackendChoice(weights, 0.0), Counter[str]()
    gone, *others = weights
    now = 0.0
    if aside:
        shares.stand_aside(gone)
    else:
        now += PATIENCE
    for _ in range(500):
        now += 0.001
        asked = [ask(shares, name, now, taken) for name in others]
        assert any(asked)
    assert taken[gone] == 0


def test_one_that_comes_back_has_its_part_from_then_on_and_no_more():
    shares, taken = BackendChoice({"a": 1, "b": 1}, 0.0), Counter[str]()
    shares.stand_aside("a")
    for _ in range(1000):
        assert ask(shares, "b", 0.0, taken)
    for _ in range(100):
        ask(shares, "a", 0.1, taken)
        ask(shares, "b", 0.1, taken)
    assert taken["b"] >= 1000 + 80
    assert 80 <= taken["a"] <= 100 + SLACK


def test_one_that_worked_alone_is_not_made_to_wait_for_that():
    shares, taken = BackendChoice({"a": 1, "b": 1}, 0.0), Counter[str]()
    shares.stand_aside("a")
    for _ in range(1000):
        ask(shares, "b", 0.0, taken)
    shares.stand_aside("b")
    assert ask(shares, "a", 0.1, taken)
    assert ask(shares, "b", 0.1, taken)


def test_a_single_backend_never_waits():
    shares, taken = BackendChoice({"a": 1}, 0.0), Counter[str]()
    assert all(ask(shares, "a", 0.0, taken) for _ in range(100))
