"""Tokens of the API and the answers that wait for a request to come again, as they are kept."""

from datetime import timedelta

import pytest

from digest.roles import Role
from digest.scopes import WITHOUT_ADDRESSES, Scope
from digest.store import api_answers, api_tokens, preferences
from digest.store.personal_data import forget
from tests.builders import NOON
from tests.contract.givens import subscribe

LATER = NOON + timedelta(days=1)


@pytest.fixture
def token(database):
    with database.write() as connection:
        rights = (Role.EDITOR, WITHOUT_ADDRESSES)
        assert api_tokens.add(connection, "site", "hash", *rights, "Ada", NOON, LATER)
        return api_tokens.find(connection, "hash")


def test_a_token_is_found_by_its_hash_alone_and_works_until_its_end(database, token):
    assert (token.name, token.who, token.role) == ("site", "token site", Role.EDITOR)
    assert [token.works(at) for at in (NOON, LATER)] == [True, False]
    with database.read() as connection:
        assert api_tokens.find(connection, "other") is None
        assert api_tokens.find_named(connection, "site") == token
        assert api_tokens.everything(connection) == [token]


def test_a_name_is_given_once_also_when_it_was_revoked(database, token):
    with database.write() as connection:
        assert api_tokens.revoke(connection, token.id, "Ben", LATER)
        assert not api_tokens.revoke(connection, token.id, "Ada", LATER)
        again = ("site", "another", Role.OWNER, set(Scope), "Ada", NOON, LATER)
        assert not api_tokens.add(connection, *again)
        (revoked,) = api_tokens.everything(connection)
    assert (revoked.revoked_at, revoked.revoked_by) == (LATER, "Ben")
    assert not revoked.works(NOON)


def test_that_a_token_was_used_is_noted(database, token):
    with database.write() as connection:
        api_tokens.note_use(connection, token.id, LATER)
        (used,) = api_tokens.everything(connection)
    assert used.used_at == LATER


def test_a_key_is_taken_once_and_has_its_answer_for_a_day(database, token):
    with database.write() as connection:
        assert api_answers.begin(connection, token.id, "k", "request", NOON)
        assert not api_answers.begin(connection, token.id, "k", "request", LATER)
        begun = api_answers.find(connection, token.id, "k")
        assert begun
        assert begun.status is None
        api_answers.keep(connection, token.id, "k", 201, {"location": "/x"}, b"{}")
        answer = api_answers.find(connection, token.id, "k")
        assert answer
        assert (answer.status, answer.headers, answer.body) == (201, {"location": "/x"}, b"{}")
        api_answers.forget_old(connection, LATER, 10)
        assert api_answers.find(connection, token.id, "k") is None


def test_no_more_answers_are_kept_than_the_newest(database, token):
    with database.write() as connection:
        for number in range(5):
            at = NOON + timedelta(seconds=number)
            api_answers.begin(connection, token.id, f"k{number}", "request", at)
        api_answers.drop(connection, token.id, "k4")
        api_answers.forget_old(connection, NOON, 2)
        left = [n for n in range(5) if api_answers.find(connection, token.id, f"k{n}")]
    assert left == [2, 3]


def test_answers_go_when_somebody_is_erased(database, token):
    with database.write() as connection:
        (number,) = subscribe(connection, "ada@example.org")
        api_answers.begin(connection, token.id, "k", "request", NOON)
        subscriber = preferences.find(connection, number)
        assert subscriber
        forget(connection, subscriber, NOON)
        assert api_answers.find(connection, token.id, "k") is None
