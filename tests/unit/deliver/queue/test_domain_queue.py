"""Recipients of one domain at a time: those that must wait let others pass, and nobody is lost."""

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.queue.domain_queue import DomainGate, DomainQueue, domain_of

ADDRESSES = st.lists(
    st.tuples(st.integers(), st.sampled_from(["a.test", "b.test", "C.test"])).map(
        lambda pair: f"{pair[0]}@{pair[1]}"
    ),
    max_size=60,
)


def queue_of(*addresses: str) -> DomainQueue[str]:
    queue = DomainQueue[str](domain_of)
    for address in addresses:
        queue.append(address)
    return queue


def test_a_domain_is_the_same_in_any_case():
    assert domain_of("Ada@Example.ORG") == domain_of("b@example.org") == "example.org"


def test_who_waits_for_its_domain_lets_others_pass():
    queue, gate = queue_of("1@a.test", "2@a.test", "3@a.test", "4@b.test"), DomainGate(1)
    assert [queue.take(gate) for _ in range(3)] == ["1@a.test", "4@b.test", None]
    gate.done("a.test")
    assert [queue.take(gate) for _ in range(2)] == ["2@a.test", None]
    assert len(queue) == 1
    assert list(queue) == ["3@a.test"]


def test_a_domain_that_is_full_at_one_backend_is_free_at_another():
    queue, one, other = queue_of("1@a.test", "2@a.test"), DomainGate(1), DomainGate(1)
    assert queue.take(one) == "1@a.test"
    assert queue.take(one) is None
    assert queue.take(other) == "2@a.test"


def test_what_is_put_back_is_the_next_to_go():
    queue, gate = queue_of("1@a.test", "2@b.test", "3@a.test"), DomainGate()
    taken = queue.take(gate)
    assert taken == "1@a.test"
    gate.done("a.test")
    queue.put_back(taken)
    assert [queue.take(gate) for _ in range(4)] == ["1@a.test", "2@b.test", "3@a.test", None]


def test_an_allowance_may_change_in_the_middle():
    queue, gate = queue_of(*[f"{n}@a.test" for n in range(9)]), DomainGate(3)
    assert [queue.take(gate) is not None for _ in range(4)] == [True, True, True, False]
    assert gate.most == 3
    gate.allowance = 1
    gate.done("a.test")
    gate.done("a.test")
    assert queue.take(gate) is None
    gate.allowance = 2
    assert queue.take(gate) == "3@a.test"
    gate.allowance = 0
    assert queue.take(gate) is None
    assert gate.most == 2


@given(addresses=ADDRESSES, allowance=st.integers(1, 3), steps=st.lists(st.integers(0, 3)))
def test_each_goes_once_and_never_too_many_of_a_domain(addresses, allowance, steps):
    queue, gate = queue_of(*addresses), DomainGate(allowance)
    under_way: list[str] = []
    gone: list[str] = []
    for step in [*steps, *[1, 0] * (len(addresses) + 4)]:
        if step and under_way:
            ended = under_way.pop(0)
            gate.done(domain_of(ended))
            if step == 2:
                queue.put_back(ended)
            else:
                gone.append(ended)
        elif (item := queue.take(gate)) is not None:
            under_way.append(item)
        counts = Counter(map(domain_of, under_way))
        assert gate.most == max(counts.values(), default=0) <= allowance
    while (item := queue.take(gate)) is not None or under_way:
        if item is not None:
            under_way.append(item)
        if under_way:
            gone.append(under_way.pop())
            gate.done(domain_of(gone[-1]))
    assert sorted(gone) == sorted(addresses)
    assert len(queue) == 0


def test_within_a_domain_the_first_in_is_the_first_out():
    queue, gate = queue_of("1@a.test", "2@b.test", "3@a.test", "4@b.test"), DomainGate()
    order = [queue.take(gate) for _ in range(4)]
    assert order == ["1@a.test", "2@b.test", "3@a.test", "4@b.test"]


def test_a_full_domain_with_a_hundred_thousand_waiting_costs_the_others_nothing():
    queue = queue_of(*[f"{n}@a.test" for n in range(100_000)], "x@b.test")
    gate = DomainGate(1)
    queue.take(gate)
    before = time.process_time()
    for _ in range(1000):
        queue.put_back("x@c.test")
        assert queue.take(gate) == "x@c.test"
        gate.done("c.test")
    assert time.process_time() - before < 1
