"""Subscribers are found by their address, however it is written."""

from digest.model import SuppressionReason
from digest.store import subscriber_search, suppressions
from tests.builders import NOON
from tests.contract.givens import subscribe

ADDRESSES = ("Ada.Byron@example.org", "ben@example.net", "ada%x@example.org", "ada_y@example.org")


def emails(lines):
    return [line.email for line in lines]


def test_an_address_is_found_by_how_it_begins_and_by_any_part_of_it(database):
    with database.write() as connection:
        subscribe(connection, *ADDRESSES)
        subscribe(connection, "ben@example.net", newsletter="weekly")
        suppressions.suppress(connection, "ada_y@example.org", SuppressionReason.BOUNCED, NOON)
    with database.read() as connection:
        begin = subscriber_search.starting_with(connection, "ADA", 10)
        assert sorted(emails(begin)) == sorted(ADDRESSES[:1] + ADDRESSES[2:])
        assert {line.reason for line in begin} == {None, SuppressionReason.BOUNCED}
        assert emails(subscriber_search.starting_with(connection, "ada%", 10)) == [ADDRESSES[2]]
        assert emails(subscriber_search.starting_with(connection, "ada_", 10)) == [ADDRESSES[3]]
        assert emails(subscriber_search.containing(connection, "Byron@", 10)) == [ADDRESSES[0]]
        assert emails(subscriber_search.containing(connection, "EXAMPLE.OR", 10)) == [
            ADDRESSES[2],
            ADDRESSES[0],
            ADDRESSES[3],
        ]
        for sign in ("%x@", "a_y"):
            (line,) = subscriber_search.containing(connection, sign, 10)
            assert sign in line.email
        assert subscriber_search.containing(connection, "*", 10) == []
        assert subscriber_search.containing(connection, "[a-z]", 10) == []
        begun = subscriber_search.addresses_starting_with(connection, "weekly", "BEN", 2)
        assert begun == ["ben@example.net"]
        assert not subscriber_search.addresses_starting_with(connection, "weekly", "ada", 2)
        (ben,) = subscriber_search.containing(connection, ".net", 10)
        assert ben.newsletters == ("daily", "weekly")
        assert emails(subscriber_search.newest(connection, 2)) == [ADDRESSES[3], ADDRESSES[2]]
        assert emails(subscriber_search.suppressed(connection, 9)) == ["ada_y@example.org"]
        assert subscriber_search.counts(connection) == {"daily": 4, "weekly": 1}
