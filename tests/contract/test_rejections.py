"""What is rejected is kept as it is now, and is news only when it is new or changed."""

from dataclasses import replace
from datetime import timedelta

from digest.store import rejections
from digest.store.rejections import Rejection
from tests.builders import NOON

HUGE = Rejection("seeds", "/srv/seeds/a/huge.txt", 1, "too long", "aa", NOON)
ABSENT = Rejection("more", "/srv/more", None, "no such folder", "", NOON)


def look(database, *found, hours=0):
    """What is news of all that is rejected some hours later."""
    at = NOON + timedelta(hours=hours)
    with database.write() as connection:
        return rejections.keep(connection, [replace(one, since=at) for one in found])


def kept(database):
    with database.read() as connection:
        return rejections.everything(connection)


def test_a_rejection_is_news_once_and_is_rejected_since_then(database):
    assert look(database, HUGE, ABSENT) == [HUGE, ABSENT]
    assert look(database, HUGE, ABSENT, hours=1) == []
    assert kept(database) == [ABSENT, HUGE]


def test_one_that_changed_is_news_again(database):
    look(database, HUGE, ABSENT)
    for changed in (
        replace(HUGE, raw_hash="bb"),
        replace(HUGE, raw_hash="bb", line=2),
        replace(HUGE, raw_hash="bb", line=2, reason="no bullet"),
    ):
        assert look(database, changed, ABSENT, hours=1) == [changed]
        assert kept(database) == [ABSENT, changed]


def test_what_is_mended_is_forgotten_and_news_if_it_comes_back(database):
    look(database, HUGE, ABSENT)
    assert look(database, ABSENT, hours=1) == []
    assert kept(database) == [ABSENT]
    assert look(database, hours=2) == []
    assert kept(database) == []
    assert look(database, HUGE, hours=3) == [replace(HUGE, since=NOON + timedelta(hours=3))]


def test_one_file_that_comes_where_another_goes_is_news(database):
    look(database, HUGE)
    other = replace(HUGE, file="/srv/seeds/b.txt")
    assert look(database, other) == [other]
    assert kept(database) == [other]


def test_a_path_may_be_as_long_as_they_get(database):
    long = replace(HUGE, file="/" + "x" * 16_000)
    assert look(database, long) == [long]


def test_a_rejection_is_found_by_the_end_of_its_path(database):
    look(database, HUGE)
    with database.read() as connection:
        for name in ("huge.txt", "a/huge.txt", "seeds/a/huge.txt", "/srv/seeds/a/huge.txt"):
            assert rejections.of_file(connection, name) == HUGE
        for name in ("uge.txt", "HUGE.txt", "b/huge.txt", "seeds"):
            assert rejections.of_file(connection, name) is None
