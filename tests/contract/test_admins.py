"""Accounts, links, sessions, passkeys and the record, as they are kept."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from digest.roles import Role
from digest.store import admin_sessions, admins, audit, passkeys
from tests.builders import NOON

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def ada(database):
    with database.write() as connection:
        assert admins.add(connection, "ada@example.org", "Ada", Role.EDITOR, "root", NOON)
        return admins.find(connection, "ada@example.org")


@pytest.mark.parametrize(
    ("email", "name"), [("ada@example.org", "Other"), ("other@example.org", "Ada")]
)
def test_an_address_and_a_name_are_one_accounts_alone(database, ada, email, name):
    with database.write() as connection:
        assert not admins.add(connection, email, name, Role.OWNER, "root", NOON)
        assert admins.everyone(connection) == [ada]


def test_a_password_change_ends_sessions_and_links(database, ada):
    with database.write() as connection:
        admin_sessions.add(connection, ada.id, "session", NOON, address="", agent="")
        admins.add_link(connection, ada.id, "link", LATER)
        assert admins.find_by_link(connection, "link", NOON) == ada
        assert admins.find_by_link(connection, "link", LATER) is None
        admins.set_password(connection, ada.id, "hash")
        assert admin_sessions.find(connection, "session") is None
        assert admins.find_by_link(connection, "link", NOON) is None


def test_a_code_works_once_and_none_before_it(database, ada):
    with database.write() as connection:
        taken = [admins.take_step(connection, ada.id, step) for step in (7, 7, 6, 8)]
    assert taken == [True, False, False, True]


def test_sessions_end_alone_together_and_by_their_age(database, ada):
    with database.write() as connection:
        for number in range(4):
            at = NOON + timedelta(days=number)
            admin_sessions.add(connection, ada.id, f"s{number}", at, address="", agent="")
        numbers = [session.id for session in admin_sessions.of_admin(connection, ada.id)]
        assert not admin_sessions.end(connection, numbers[0], ada.id + 1)
        assert admin_sessions.end(connection, numbers[0], ada.id)
        admin_sessions.forget_old(connection, seen=NOON + timedelta(days=1), created=NOON)
        assert [s.id for s in admin_sessions.of_admin(connection, ada.id)] == numbers[1:3]
        assert admin_sessions.end_others(connection, ada.id, numbers[1]) == 1


def test_what_an_account_had_goes_with_it_but_not_what_it_did(database, ada):
    with database.write() as connection:
        passkeys.add(connection, ada.id, "Laptop", b"id", b"key", 0, NOON)
        passkeys.use(connection, 1, 5, LATER)
        (key,) = passkeys.of_admin(connection, ada.id)
        assert (key.sign_count, key.used_at) == (5, LATER)
        assert passkeys.find(connection, b"id") == key
        admin_sessions.add(connection, ada.id, "session", NOON, address="", agent="")
        record = {"who": "Ada", "origin": "here", "action": "hold", "subject": "issue 1"}
        audit.add(connection, NOON, **record, before=None, after=["why"])
        admins.remove(connection, ada.id)
        assert passkeys.find(connection, b"id") is None
        assert admin_sessions.find(connection, "session") is None
        (entry,) = audit.latest(connection, 10, subject="issue 1")
        assert (entry.who, entry.before, entry.after) == ("Ada", None, ["why"])
        assert audit.latest(connection, 10, before=entry.id) == []


def test_one_credential_is_one_accounts(database, ada):
    with database.write() as connection:
        passkeys.add(connection, ada.id, "Laptop", b"id", b"key", 0, NOON)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        passkeys.add(connection, ada.id, "Phone", b"id", b"key", 0, NOON)
