"""Erasing reaches every column of every table that can hold a person."""

from datetime import timedelta

import sqlalchemy as sa

from digest.services.subscribers import personal_data
from digest.store import preferences
from digest.store.address_lists import PER_ROW
from digest.store.schema import Instant, metadata
from digest.store.suppressions import address_hash
from tests.builders import DAY, NOON
from tests.contract.givens import laid_out

ADDRESS, NAME = "ada.lovelace@example.org", "Ada Lovelace"
# A person is found by number, by hash, or in text. What follows may name none, for a reason.
SOURCES = "what sources tell, which is published"
EDITORS = "what editors did and who they are; it names subscribers by number"
MACHINE = "processes, servers and counts"
HOLD_NO_SUBSCRIBER = {
    **dict.fromkeys(("stories", "reports", "pictures", "rejections", "feeds", "robots"), SOURCES),
    **dict.fromkeys(("merge_rules", "topic_labels", "issue_stories", "issues"), SOURCES),
    **dict.fromkeys(("alerts", "alert_mails"), SOURCES),
    **dict.fromkeys(("edits", "comments", "approvals", "waivers", "corrections"), EDITORS),
    **dict.fromkeys(("added_sources", "keyword_lists"), EDITORS),
    **dict.fromkeys(("admins", "admin_links", "admin_sessions", "admin_passkeys"), EDITORS),
    **dict.fromkeys(("audit_log", "api_tokens"), EDITORS),
    "api_answers": "all go when anybody is erased: test_api_tokens.py",
    **dict.fromkeys(("installation", "workers", "milestones", "schedulers"), MACHINE),
    "webhooks": "the programs of whoever runs this",
    **dict.fromkeys(
        ("rate_usage", "connection_slots", "issue_figures", "subscriber_figures"), MACHINE
    ),
}
# Words of ours, hashes of letters and names of servers: no text of a person gets there.
CODES = ("state", "cause", "kind", "status", "how", "server", "worker", "message_hash")
# Columns that stay of somebody who was erased.
STAYS = {
    ("deliveries", "subscriber_id"): "a number that means nobody any more: the accounts balance",
    ("attempts", "subscriber_id"): "the same",
    ("bounces", "subscriber_id"): "the same",
    ("bounces", "address_hash"): "soft bounces count again if the person comes back",
    ("suppressions", "address_hash"): "no old list brings the address back",
}


def personal_tables():
    return [table for table in metadata.sorted_tables if table.name not in HOLD_NO_SUBSCRIBER]


def row_of(table, number, issue_id):
    """A row about the person: in every text and JSON the address and the name."""
    by_kind = {
        Instant: NOON,
        sa.Date: DAY,
        sa.JSON: [f"{NAME} <{ADDRESS}>"],
        sa.Text: f"{table.name} of {NAME} <{ADDRESS}>",
        sa.Boolean: False,
        sa.Integer: 1,
    }
    values = {
        column.name: next((by_kind[k] for k in by_kind if isinstance(column.type, k)), None)
        for column in table.c
    }
    given = {
        "subscriber_id": number,
        "issue_id": issue_id,
        "address_hash": address_hash(ADDRESS),
        "email": ADDRESS,
        "number": number // PER_ROW,  # of address_lists
        "days": (),
        **dict.fromkeys(CODES, "sent"),
    }
    values |= {name: value for name, value in given.items() if name in values}
    return values | ({"id": number} if table.name == "subscribers" else {})


def test_every_table_is_looked_through_or_named_with_the_reason():
    names = {table.name for table in metadata.sorted_tables}
    assert set(HOLD_NO_SUBSCRIBER) <= names
    referring = {
        table.name
        for table in metadata.sorted_tables
        if {"subscriber_id", "address_hash"} & {column.name for column in table.c}
    }
    assert not referring & set(HOLD_NO_SUBSCRIBER)


def test_nothing_of_a_person_is_left_but_what_is_named(database):
    issue_id, (number,) = laid_out(database, ADDRESS)
    with database.write() as connection:
        for table in reversed(personal_tables()):
            connection.execute(sa.delete(table))
        # It is told of nobody: else that somebody was erased would wait for it.
        webhooks = metadata.tables["webhooks"]
        connection.execute(sa.insert(webhooks).values(**row_of(webhooks, number, issue_id)))
        for table in personal_tables():
            if table.name != "suppressions":  # erasing writes it
                connection.execute(sa.insert(table).values(**row_of(table, number, issue_id)))
        subscriber = preferences.find(connection, number)
        assert subscriber is not None
        personal_data.erase_subscriber(connection, subscriber, NOON + timedelta(days=1))
    with database.read() as connection:
        left = {
            (table.name, column)
            for table in personal_tables()
            for row in connection.execute(sa.select(table)).mappings()
            for column, value in row.items()
            if (value == number and column == "subscriber_id") or names_them(value)
        }
    assert left == set(STAYS)


def names_them(value):
    return any(mark in str(value) for mark in (ADDRESS, NAME, address_hash(ADDRESS)))
