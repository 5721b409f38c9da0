"""Statements for many rows at a time."""

import sqlalchemy as sa

from digest.store.bulk import BulkUpdate

NOTES = sa.Table(
    "bulk_notes",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text),
)
SET_TEXT = BulkUpdate(
    {"to_text": sa.Text(), "of": sa.BigInteger()},
    lambda given: sa.update(NOTES).where(NOTES.c.id == given["of"]).values(text=given["to_text"]),
)


def test_more_rows_than_one_statement_takes_are_all_written_and_counted(database):
    many = 1_201
    with database.rehearsal() as connection:
        NOTES.create(connection)
        connection.execute(sa.insert(NOTES), [{"id": number} for number in range(many)])
        rows = [(f"note {number}", number) for number in range(many)]
        assert SET_TEXT.run(connection, [*rows, ("of none", many)]) == many
        assert SET_TEXT.run(connection, []) == 0
        written = connection.execute(sa.select(NOTES.c.text, NOTES.c.id).order_by(NOTES.c.id))
        assert [tuple(row) for row in written] == rows
