"""Lists of addresses to be looked through, and of keywords that editors save.

The addresses of 64 subscribers are a row; with them the index of those with capitals goes.
"""

import unicodedata
from itertools import groupby, islice

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0041"
down_revision = "0040"

# How the rows were made when this landed.
_PER_ROW = 64
_AT_ONCE = 1000
_subscribers = sa.table("subscribers", sa.column("id", sa.BigInteger), sa.column("email", sa.Text))
_address_lists = sa.table(
    "address_lists", sa.column("number", sa.BigInteger), sa.column("emails", sa.Text)
)


def upgrade() -> None:
    op.create_table(
        "address_lists",
        sa.Column("number", Key, autoincrement=False, nullable=False),
        sa.Column("emails", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_address_lists")),
    )
    _fill(op.get_bind())
    op.drop_index("ix_subscribers_capitals", "subscribers")
    op.create_table(
        "keyword_lists",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text()),
        sa.Column("from_settings", sa.Boolean(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_lists")),
    )
    op.create_index("ix_keyword_lists_owner", "keyword_lists", ["kind", "owner"])


def _fill(connection: sa.Connection) -> None:
    query = sa.select(_subscribers).order_by(_subscribers.c.id)
    with connection.execute(query, execution_options={"yield_per": 10_000}) as everyone:
        rows = (
            {"number": number, "emails": "\n".join(_folded(row.email) for row in theirs)}
            for number, theirs in groupby(everyone, lambda row: row.id // _PER_ROW)
        )
        while some := list(islice(rows, _AT_ONCE)):
            connection.execute(sa.insert(_address_lists), some)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()
