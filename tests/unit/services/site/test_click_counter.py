"""A network counts once a minute, and is known for no longer."""

from datetime import date

from digest.networks import networks_of
from digest.services.site.click_counter import RecentVisits
from digest.store.clicks import ClickKey

MOON, PILL = (ClickKey(1, story, date(2026, 11, 21)) for story in (1, 2))
HERE, THERE = (networks_of(host)[0] for host in ("203.0.113.1", "198.51.100.1"))


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_network_that_follows_a_story_again_is_known_for_a_minute():
    seconds = Seconds()
    repeats = RecentVisits(seconds)
    assert not repeats.is_repeat(HERE, MOON)
    seconds.now = 59
    assert repeats.is_repeat(HERE, MOON)
    assert not repeats.is_repeat(THERE, MOON)
    assert not repeats.is_repeat(HERE, PILL)
    seconds.now = 60  # of the first visit: repeats do not prolong it
    assert not repeats.is_repeat(HERE, MOON)
    seconds.now = 200
    repeats.forget()
    assert not repeats._until


def test_what_it_remembers_is_bounded_and_the_oldest_goes_first():
    repeats = RecentVisits(Seconds())
    repeats.MOST = 2
    assert not any(repeats.is_repeat(HERE, MOON._replace(story_id=story)) for story in (1, 2, 3))
    assert len(repeats._until) == 2
    assert not repeats.is_repeat(HERE, MOON)
