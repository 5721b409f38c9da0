"""Every zone, every hour, two years: each issue told once, one mail a date, at the right hour."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from digest.clock import instant_of, local_date
from digest.compose import hours
from digest.compose.due_issues import due_issues, issue_time
from digest.compose.hours import Slot, SubscriberClock
from digest.model import WEEKDAYS, DeliveryState
from tests.builders import newsletter
from tests.delivery_world import FAILED, MERGED, PAUSED, PENDING, SENT, Before, World, lay_out
from tests.sampling import SEED, WHOLE, examples
from tests.zones import BEGIN, END, kinds_of_zones, some_hours

PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# The rule.


@pytest.mark.parametrize(
    ("zone", "hour", "opens", "due"),
    [
        ("Europe/Paris", 7, "2026-11-21 05:00", "2026-11-21 06:00"),
        ("Europe/Paris", 6, "2026-11-21 05:00", "2026-11-21 05:00"),
        ("Europe/Paris", 5, "2026-11-21 05:00", "2026-11-22 04:00"),
        ("Asia/Tokyo", 7, "2026-11-21 05:00", "2026-11-21 22:00"),
        # The hour that a change skips, and the first of two.
        ("Europe/Paris", 2, "2026-03-28 05:00", "2026-03-29 01:00"),
        ("Europe/Paris", 2, "2026-10-24 05:00", "2026-10-25 00:00"),
        ("Europe/Paris", 2, "2026-10-25 00:30", "2026-10-26 01:00"),
        # Where midnight is skipped, and where the evening is.
        ("Africa/Cairo", 0, "2026-04-23 05:00", "2026-04-23 22:00"),
        ("America/Nuuk", 23, "2026-03-28 12:00", "2026-03-29 00:59"),
        # A date that was not.
        ("Pacific/Apia", 7, "2011-12-29 20:00", "2011-12-30 17:00"),
    ],
)
def test_due_at_the_first_moment_at_which_the_clock_shows_the_hour(zone, hour, opens, due):
    clock = SubscriberClock(ZoneInfo(zone), hour)
    assert hours.slot(clock, at(opens), at(opens)).due_at == at(due)


def test_without_an_hour_it_is_due_when_it_is_sealed_and_by_hand_everything_is():
    opens, now = at("2026-11-21 05:00"), at("2026-11-21 05:02")
    assert hours.slot(SubscriberClock(PARIS), opens, now).due_at == now
    assert hours.slot(SubscriberClock(PARIS, 9), opens, now, at_once=True).due_at == now


def test_the_hour_of_the_issue_itself_is_today_however_long_the_making_takes():
    letter = newsletter(timezone="Europe/Paris")
    sealed = at("2026-11-21 05:03")
    opens = hours.opening(letter, date(2026, 11, 21), sealed, None)
    assert opens == at("2026-11-21 05:00")
    slot = hours.slot(SubscriberClock(PARIS, 6), opens, sealed)
    assert (slot.due_at, slot.day) == (at("2026-11-21 05:00"), date(2026, 11, 21))


def test_an_issue_that_is_sealed_before_its_time_opens_then():
    letter = newsletter(timezone="Europe/Paris", days=("sat",))
    early = at("2026-11-21 02:00")
    assert hours.opening(letter, date(2026, 11, 21), early, None) == early
    assert hours.opening(letter, date(2026, 11, 22), early, None) == early  # no day of its own


def test_a_mail_that_is_late_already_belongs_to_the_date_on_which_it_goes_out():
    opens, sealed = at("2026-11-21 20:50"), at("2026-11-22 00:10")
    slot = hours.slot(SubscriberClock(PARIS, 22), opens, sealed)
    assert slot == Slot(
        due_at=at("2026-11-21 21:00"),
        day=date(2026, 11, 22),
        day_begins=at("2026-11-21 23:00"),
        next_due_at=at("2026-11-23 21:00"),
        next_day=date(2026, 11, 23),
    )


SLOT = Slot(
    at("2026-11-21 06:00"),
    date(2026, 11, 21),
    at("2026-11-20 23:00"),
    at("2026-11-22 06:00"),
    date(2026, 11, 22),
)
YESTERDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 17)


@pytest.mark.parametrize(
    ("paused_until", "before", "plan"),
    [
        (None, None, (PENDING, SLOT.due_at, None)),
        (None, Before(YESTERDAY, SENT, at("2026-11-20 22:59")), (PENDING, SLOT.due_at, None)),
        (None, Before(YESTERDAY, SENT, at("2026-11-20 23:00")), (PENDING, SLOT.next_due_at, None)),
        (None, Before(YESTERDAY, PAUSED), (PENDING, SLOT.due_at, YESTERDAY)),
        (None, Before(YESTERDAY, MERGED, since=TUESDAY), (PENDING, SLOT.due_at, TUESDAY)),
        (None, Before(YESTERDAY, FAILED, since=TUESDAY), (PENDING, SLOT.due_at, None)),
        (date(2026, 11, 21), None, (PENDING, SLOT.due_at, None)),
        (date(2026, 11, 22), None, (PAUSED, SLOT.due_at, None)),
        (
            date(2026, 11, 22),
            Before(YESTERDAY, PAUSED, since=TUESDAY),
            (PAUSED, SLOT.due_at, TUESDAY),
        ),
    ],
)
def test_how_a_delivery_is_laid_out(paused_until, before, plan):
    found = lay_out(SLOT, paused_until, before)
    assert (found.state, found.due_at, found.since) == plan


@pytest.mark.parametrize(("hour", "zone"), [(None, ""), (24, "Europe/Nowhere"), (-1, "../etc")])
def test_a_clock_that_is_amiss_is_the_newsletters(hour, zone):
    letter = newsletter(timezone="Europe/Paris")
    assert hours.clock_of(hour, zone, letter) == SubscriberClock(PARIS, None)


# A subscriber changes something while a mail waits.


def waiting(due, *, goes=None, state=PENDING, day=date(2026, 11, 21), since=None):
    opens = datetime.combine(day, time(5), UTC)
    return hours.WaitingDelivery(day, opens, state, at(due), at(goes or due), since)


NOW = at("2026-11-21 07:30")
MAILED = at("2026-11-20 08:00")


@pytest.mark.parametrize(
    ("clock", "mailed", "due"),
    [
        (SubscriberClock(PARIS, 20), MAILED, "2026-11-21 19:00"),
        # 06:00 and 08:00 were today before now, and there is no hour at which it is "at once".
        (SubscriberClock(PARIS, 6), MAILED, "2026-11-21 08:00"),
        (SubscriberClock(PARIS, 8), MAILED, "2026-11-21 08:00"),
        (SubscriberClock(PARIS), MAILED, "2026-11-21 08:00"),
        # On the clock of Honolulu yesterday's mail came on the 19th, on that of Apia on the 20th.
        (SubscriberClock(ZoneInfo("Pacific/Honolulu"), 7), MAILED, "2026-11-21 17:00"),
        # In New York it is 02:30 of the 21st; a mail at 23:30 of the 20th was yesterday's.
        (SubscriberClock(NEW_YORK, 4), at("2026-11-21 04:30"), "2026-11-21 09:00"),
        # On this clock today had a mail: the next date is the first without one.
        (SubscriberClock(NEW_YORK, 4), at("2026-11-21 05:30"), "2026-11-22 09:00"),
    ],
)
def test_a_new_hour_holds_for_a_waiting_mail_where_it_is_ahead_and_its_date_free(
    clock, mailed, due
):
    (moved,) = hours.reschedule([waiting("2026-11-21 08:00")], clock, None, mailed, NOW)
    assert moved.due_at == at(due)


def test_who_pauses_has_nothing_waiting_before_they_are_back():
    mails = [waiting("2026-11-21 08:00"), waiting("2026-11-21 06:00", state=DeliveryState.DEFERRED)]
    for mail in mails:
        for back, state in (
            (date(2026, 11, 21), mail.state),
            (date(2026, 11, 22), PAUSED),
            (None, mail.state),
        ):
            (found,) = hours.reschedule([mail], SubscriberClock(PARIS, 9), back, None, NOW)
            assert found.state is state


def test_two_that_wait_and_come_to_lie_on_one_date_are_merged():
    both = [waiting("2026-11-21 08:00"), waiting("2026-11-22 04:00", day=date(2026, 11, 22))]
    there = hours.reschedule(both, SubscriberClock(PARIS, 5), None, None, NOW)
    assert [(one.state, one.since) for one in there] == [(PENDING, None), (PENDING, None)]
    west = hours.reschedule(both, SubscriberClock(NEW_YORK, 22), None, None, NOW)
    assert [one.state for one in west] == [PENDING, PENDING]
    late = hours.reschedule(both, SubscriberClock(NEW_YORK, 23), None, at("2026-11-21 06:00"), NOW)
    assert [(one.state, one.since) for one in late] == [
        (MERGED, None),
        (PENDING, date(2026, 11, 21)),
    ]


# Every zone, every hour.


def live(world, moments, upto):
    """Seal each issue at its time, and send each mail when it is due."""
    for day, moment in moments:
        run_until(world, moment)
        world.seal(day, moment)
        world.run(moment)
    run_until(world, upto)


def run_until(world, moment):
    while (due := world.next_due()) is not None and due < moment:
        world.run(due)


def two_years(letter, changed=None):
    days = (BEGIN.date() + timedelta(days=n) for n in range((END - BEGIN).days))
    hours_of = {day: (changed or {}).get((letter.id, day)) for day in days}
    return [
        (day, moment) for day, hour in hours_of.items() if (moment := issue_time(letter, day, hour))
    ]


def some_zones(hour):
    """Each kind with every hour; in a sample, each with one hour or with none."""
    return kinds_of_zones() if WHOLE else kinds_of_zones()[(SEED + (hour or 0)) % 60 :: 60]


def mails_that_tell_each_issue_once(world, moments):
    """The mails with their dates, of which no two are the same."""
    told = [day for mail in world.letters for day in mail.told]
    assert told == [day for day, _ in moments], world.clock
    dates = world.dates_of_mails()
    assert len(set(dates)) == len(dates), world.clock
    return zip(world.letters, dates, strict=True)


@pytest.mark.parametrize("hour", [None, *range(24)])
def test_in_every_zone_each_issue_is_told_once_on_a_date_of_its_own_at_the_hour(hour):
    letter = newsletter(timezone="Europe/Paris", time=time(6, 0))
    moments = two_years(letter)
    opening = dict(moments)
    for name in some_zones(hour):
        world = World(letter, hour, name)
        live(world, moments, END + timedelta(days=3))
        for mail, day in mails_that_tell_each_issue_once(world, moments):
            assert mail.at == mail.due_at
            if hour is not None:
                assert mail.at == instant_of(day, time(hour), world.clock.zone), name
                opens = opening[mail.told[-1]]
                assert timedelta() <= mail.at - opens <= timedelta(hours=25), (name, mail)


@pytest.mark.parametrize("hour", [None, 0, 5, 7, 13, 23])
def test_in_every_zone_hours_that_editors_change_keep_each_issue_once_at_a_subscribers_own_hour(
    hour,
):
    dice = Random(SEED + (hour or 0))
    letter = newsletter(timezone="Europe/Paris", time=time(6, 0))
    changed = some_hours(letter, dice)
    moments = two_years(letter, changed)
    sealed_at = dict(moments)
    for name in some_zones(hour):
        world = World(letter, hour, name, changed=changed)
        live(world, moments, END + timedelta(days=3))
        for mail, day in mails_that_tell_each_issue_once(world, moments):
            assert mail.at >= sealed_at[mail.told[-1]], (name, mail)
            if hour is not None and mail.at != instant_of(day, time(hour), world.clock.zone):
                # Later than their hour only where it is the moment of a later seal.
                assert mail.at == sealed_at[mail.told[-1]], (name, mail)
                assert (letter.id, mail.told[-1]) in changed


@pytest.mark.parametrize(
    ("hour", "changed", "due"),
    [
        # At 06:00 as on other days, whenever the issue is sealed before that.
        (6, time(4, 30), "2026-11-21 05:00"),
        (9, time(4, 30), "2026-11-21 08:00"),
        (None, time(4, 30), "2026-11-21 03:30"),
        # The hour before the newsletter's own is that of the next date, also now.
        (5, time(4, 30), "2026-11-22 04:00"),
        # Their hour was over when it was sealed: at once.
        (7, time(18, 0), "2026-11-21 17:00"),
        (20, time(18, 0), "2026-11-21 19:00"),
    ],
)
def test_an_hour_of_a_date_moves_the_seal_and_nobodys_own_hour(hour, changed, due):
    letter = newsletter(timezone="Europe/Paris", time=time(6, 0))
    day = date(2026, 11, 21)
    assert hours.mail_time(letter, SubscriberClock(PARIS, hour), day, changed) == at(due)
    sealed = issue_time(letter, day, changed)
    assert sealed is not None
    opens = hours.opening(letter, day, sealed, changed)
    assert max(hours.slot(SubscriberClock(PARIS, hour), opens, sealed).due_at, sealed) == at(due)


@pytest.mark.parametrize("hour", [None, 0, 5, 6, 23])
def test_in_every_zone_whoever_chose_days_gets_mail_on_no_other_and_misses_nothing(hour):
    dice = Random(SEED + (hour or 0))
    for name in some_zones(hour):
        letter = newsletter(timezone="Europe/Paris", time=time(6, 0), days=dice.choice(DAYS))
        moments = two_years(letter)
        days = tuple(dice.sample(WEEKDAYS, dice.randint(1, 4)))
        world = World(letter, hour, name, days=days)
        live(world, moments, END + timedelta(days=3))
        told = [day for mail in world.letters for day in mail.told]
        # What came after the last of their days is told by the next mail.
        assert told == [day for day, _ in moments][: len(told)], name
        assert moments[-1][0] - told[-1] <= timedelta(days=8), (name, days, letter.days)
        # The week of the issue decides: a change of the clock may skip a weekday in the next.
        for mail, day in zip(world.letters, world.dates_of_mails(), strict=True):
            assert world.wants(day, mail.told[-1]), (name, days, letter.days)


@pytest.mark.parametrize("hour", [None, 0, 6, 17, 23])
def test_from_every_zone_whatever_is_changed_over_two_years_each_issue_is_told_once(hour):
    """Moves, hours, days, pauses and waits for more stories, through each change of the clocks."""
    dice = Random(SEED + (hour or 0))
    letter = newsletter(timezone="Europe/Paris", time=time(6, 0))
    moments = two_years(letter)
    for name in some_zones(hour):
        world, changed_at = World(letter, hour, name), BEGIN
        for day, moment in moments:
            run_until(world, moment)
            world.seal(day, moment)
            world.run(moment)
            if dice.random() < 0.06:
                changed_at = moment + timedelta(minutes=dice.randrange(1380))
                run_until(world, changed_at)
                change_something(world, dice, changed_at)
        run_until(world, END + timedelta(days=3))
        assert_told_once(world)
        told = [told_on for mail in world.letters for told_on in mail.told]
        assert told == [day for day, _ in moments][: len(told)], name
        assert len(told) > 650, name


def change_something(world, dice, now):
    zone = dice.choice([world.timezone, dice.choice(kinds_of_zones())])
    today = local_date(now, hours.clock_of(None, zone, world.newsletter).zone)
    world.change(
        dice.choice([None, *range(24)]),
        zone,
        dice.choice([None, None, today + timedelta(days=dice.randint(1, 30))]),
        now,
        tuple(dice.sample(WEEKDAYS, dice.choice([0, 0, 1, 4]))),
        (dice.choice([None, None, 2, 9]), dice.choice([None, 1, 5, 31])),
    )


def test_days_on_which_no_issue_comes_are_no_choice():
    weekly = newsletter(days=("mon",), time=time(6))
    early = SubscriberClock(PARIS, 5)
    reached = hours.reached_days(weekly, early, date(2026, 11, 21), {})
    assert reached == {"tue"}
    assert hours.wants(("mon",), reached, date(2026, 11, 24))
    assert hours.wants(("tue", "mon"), reached, date(2026, 11, 24))
    assert not hours.wants(("tue", "mon"), reached, date(2026, 11, 23))


def test_there_are_zones_of_many_kinds():
    assert len(kinds_of_zones()) > 50


# Whatever happens.

SOME_ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "Africa/Cairo",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
]


STARTS = ["2026-03-26 00:00", "2026-10-22 11:00", "2026-11-19 05:00", "2026-04-22 20:00"]
DAYS = [WEEKDAYS, WEEKDAYS, ("mon",), WEEKDAYS[:5], ("sat", "sun")]


# One number is a whole story: drawn by hypothesis, each of its hundred choices would cost more than
# what is tested, and thousands of stories are what finds the rare ones.
@given(st.integers(0, 2**40))
@settings(max_examples=examples(2000), deadline=None, phases=[Phase.generate])
def test_whatever_a_subscriber_changes_and_however_late_a_run_each_issue_is_told_once(seed):
    random = Random(seed)
    letter = newsletter(
        timezone=random.choice(SOME_ZONES),
        time=time(random.randrange(24), random.choice([0, 30])),
        days=random.choice(DAYS),
    )
    hour, zone = some_clock(random)
    changed = some_hours(letter, random) if random.random() < 0.3 else {}
    world = World(letter, hour, zone, merges_late=random.random() < 0.5, changed=changed)
    done: set[tuple[str, date]] = set()
    now = at(random.choice(STARTS))
    for _ in range(random.randint(25, 60)):
        now += timedelta(minutes=random.choice([random.randint(1, 90), random.randint(60, 1380)]))
        if random.random() < 0.6:
            tick(world, done, now)
        else:
            hour, zone = some_clock(random)
            today = local_date(now, hours.clock_of(None, zone, letter).zone)
            pause = random.choice([None, None, today + timedelta(days=random.randrange(10))])
            days = tuple(random.sample(WEEKDAYS, random.choice([0, 0, 1, 3])))
            enough = random.choice([None, None, 2, 5]), random.choice([None, 1, 3])
            world.change(hour, zone, pause, now, days, enough)
    assert_told_once(world)


def some_clock(random):
    return random.choice([None, *range(24)]), random.choice([None, *SOME_ZONES])


def tick(world, done, now):
    for due in due_issues([world.newsletter], done, world.changed, now):
        done.add((world.newsletter.id, due.date))
        world.seal(due.date, now)
    before = len(world.letters)
    world.run(now)
    if len(world.letters) > before:
        mails = world.letters[max(0, before - 1) :]
        dates = [local_date(mail.at, world.clock.zone) for mail in mails]
        assert len(set(dates)) == len(dates), (world.rows, mails)


def assert_told_once(world):
    told = Counter(day for mail in world.letters for day in mail.told)
    assert set(told.values()) <= {1}
    failed = [row for row in world.rows if row.state is FAILED]
    lost = {
        row.day
        for row in world.rows
        for end in failed
        if (end.since or end.day) <= row.day <= end.day
    }
    still = {row.day for row in world.rows if row.state is PENDING}
    last = max((mail.told[-1] for mail in world.letters), default=date.min)
    untold = {row.day for row in world.rows} - set(told)
    # What no mail told is still to come: nothing after it was sent yet; or its life is over.
    assert all(day > last or day in still or day in lost for day in untold), (world.rows, told)
