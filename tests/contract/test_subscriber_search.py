"""Subscribers are found by their address, however it is written."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import digest
from digest.model import SuppressionReason
from digest.services.subscribers import personal_data
from digest.store import address_changes, address_lists, schema, subscriber_search, suppressions
from digest.store.address_lists import PER_ROW
from digest.store.schema import subscribers
from tests.builders import NOON
from tests.contract.givens import given_subscribers, subscribe
from tests.sampling import examples

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
            ADDRESSES[3],
            ADDRESSES[2],
            ADDRESSES[0],
        ]
        for sign in ("%x@", "a_y"):
            (line,) = subscriber_search.containing(connection, sign, 10)
            assert sign in line.email
        assert subscriber_search.containing(connection, "*", 10) == []
        assert subscriber_search.containing(connection, "[a-z]", 10) == []
        for nonsense in ("a\0", "org\nben", "\ud800", "x" * 300):
            assert subscriber_search.containing(connection, nonsense, 10) == []
            assert subscriber_search.starting_with(connection, nonsense, 10) == []
        begun = subscriber_search.addresses_starting_with(connection, "weekly", "BEN", 2)
        assert begun == ["ben@example.net"]
        assert not subscriber_search.addresses_starting_with(connection, "weekly", "ada", 2)
        (ben,) = subscriber_search.containing(connection, ".net", 10)
        assert ben.newsletters == ("daily", "weekly")
        assert emails(subscriber_search.newest(connection, 2)) == [ADDRESSES[3], ADDRESSES[2]]
        assert emails(subscriber_search.suppressed(connection, 9)) == ["ada_y@example.org"]
        assert subscriber_search.counts(connection) == {"daily": 4, "weekly": 1}


SIGNS = st.sampled_from("abzABZ019.@%_*?[]\\'\"-+/ éÉßİñ日")
PARTS = st.text(SIGNS, min_size=1, max_size=4)


def scanned(emails_by_id, part):
    """What one finds who looks at each address, the newest first."""
    newest_first = sorted(emails_by_id.items(), reverse=True)
    return [email for _, email in newest_first if part.lower() in email.lower()]


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    locals_=st.lists(st.text(SIGNS, min_size=1, max_size=9), min_size=1, max_size=9), data=st.data()
)
def test_any_part_is_found_as_by_whoever_looks_at_each_address(database, locals_, data):
    with database.rehearsal() as connection:
        # The last of one row and the first ones of the next.
        first = PER_ROW - 3
        emails_by_id = {first + at: f"{local}{at}@Example.org" for at, local in enumerate(locals_)}
        rows = [
            {"id": number, "email": email, "address_hash": email, "name": "", "created_at": NOON}
            for number, email in emails_by_id.items()
        ]
        connection.execute(sa.insert(subscribers), rows)
        address_lists.renew(connection, emails_by_id)
        kept = data.draw(st.sampled_from(sorted(emails_by_id)))
        part = data.draw(PARTS | st.just(emails_by_id[kept][:3]) | st.sampled_from(locals_))
        for count in (1, 50):
            lines = subscriber_search.containing(connection, part, count)
            assert emails(lines) == scanned(emails_by_id, part)[:count]


def listed(connection):
    query = sa.select(schema.address_lists).order_by("number")
    return connection.execute(query).all()


def test_the_lists_have_every_address_as_it_is_now(database):
    with database.write() as connection:
        numbers = subscribe(connection, *given_subscribers(2 * PER_ROW))
        subscribe(connection, *given_subscribers(9))  # who is there already
        address_changes.move(connection, numbers[3], "Moved@example.org")
        assert len(subscriber_search.containing(connection, "moved@", 9)) == 1
        assert subscriber_search.containing(connection, "subscriber3@", 9) == []
    personal_data.erase(database, numbers[-1], NOON + timedelta(days=1))
    with database.write() as connection:
        kept = listed(connection)
        assert sum(row.emails.count("@") for row in kept) == 2 * PER_ROW - 1
        connection.execute(sa.delete(schema.address_lists))
        address_lists.renew(connection, connection.scalars(sa.select(subscribers.c.id)).all())
        assert [row for row in kept if row.emails] == listed(connection)


def test_no_letter_of_somebody_who_was_erased_is_left_in_the_file(open_database):
    database = open_database()
    if database.file is None:
        pytest.skip("PostgreSQL's files are its own: VACUUM is what empties them")
    with database.write() as connection:
        subscribe(connection, *given_subscribers(300))
        number = subscribe(connection, "Qzxqj.Vbnwk@hiddenplace.example")[0]
        subscribe(connection, "later@example.org")
    database.close()
    assert b"hiddenplace" in database.file.read_bytes()
    personal_data.erase(database, number, NOON + timedelta(days=1))
    database.close()
    assert not re.search(rb"qzxqj|vbnwk|hiddenplace", database.file.read_bytes(), re.IGNORECASE)


def test_whatever_writes_addresses_renews_their_lists():
    writes = re.compile(r"(?:insert|update|delete)\((?:connection, )?subscribers\)")
    package = Path(digest.__file__).parent
    files = [path for path in package.rglob("*.py") if writes.search(path.read_text())]
    forgetful = {path.name for path in files if "address_lists.renew(" not in path.read_text()}
    assert len(files) == 4
    assert forgetful == {"preferences.py"}, "which writes the language alone"
