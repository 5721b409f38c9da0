"""What goes wrong in a rehearsal follows from its seed, and from nothing else."""

from datetime import UTC, datetime, timedelta

from digest.faulty_smtp import close
from digest.simulation.faults import (
    GREYLISTED_FOR,
    Greylist,
    Outage,
    SeededFault,
    lot,
    make_faults,
    outages,
)

START = datetime(2026, 11, 21, tzinfo=UTC)
PEOPLE = [f"r{number}@example.org" for number in range(4000)]


def test_a_lot_is_the_same_for_the_same_seed_and_spread_evenly():
    assert lot(1, "a", "b") == lot(1, "a", "b") != lot(2, "a", "b")
    assert 0.45 < sum(lot(7, person) for person in PEOPLE) / len(PEOPLE) < 0.55


def test_a_seeded_fault_strikes_its_share_whatever_the_order():
    def struck(people: list[str]) -> set[str]:
        fault = SeededFault("RCPT", close, share=0.02, seed=3, name="x")
        return {person for person in people if fault.strikes("RCPT", person)}

    forwards, backwards = struck(PEOPLE), struck(PEOPLE[::-1])
    assert forwards == backwards
    assert 40 < len(forwards) < 130
    assert not SeededFault("RCPT", close, share=1, seed=3).strikes("DATA", PEOPLE[0])


def test_who_is_refused_for_good_is_refused_each_time_and_another_attempt_is_another_lot():
    for always in (True, False):
        fault = SeededFault("RCPT", close, share=0.5, seed=3, name="x", always=always)
        answers = {tuple(fault.strikes("RCPT", person) for _ in range(9)) for person in PEOPLE[:40]}
        assert (len(answers) == 2) is always


def test_a_greylist_takes_a_message_after_its_time():
    now = [START]
    greylist = Greylist("RCPT", close, clock=lambda: now[0], share=1.0, seed=1)
    assert greylist.strikes("RCPT", "a@example.org")
    now[0] += GREYLISTED_FOR - timedelta(seconds=1)
    assert greylist.strikes("RCPT", "a@example.org")
    now[0] += timedelta(seconds=1)
    assert not greylist.strikes("RCPT", "a@example.org")
    assert greylist.struck == 2


def test_an_outage_lets_nobody_in_for_as_long_as_it_lasts():
    now = [START]
    spans = [(START + timedelta(hours=1), START + timedelta(hours=2))]
    outage = Outage("greeting", close, clock=lambda: now[0], spans=spans)
    assert not outage.strikes("greeting", "")
    now[0] += timedelta(hours=1)
    assert outage.strikes("greeting", "")
    now[0] += timedelta(hours=1)
    assert not outage.strikes("greeting", "")


def test_a_month_has_its_outages_and_another_seed_others():
    spans = outages(1, START, 30)
    assert len(spans) == 3
    assert all(START <= begin < end for begin, end in spans)
    assert outages(1, START, 30) == spans != outages(2, START, 30)


def test_each_thing_that_goes_wrong_has_a_name_of_its_own():
    faults = make_faults(1, lambda: START, START, 30)
    assert len({fault.name for fault in faults}) == len(faults) == 8
