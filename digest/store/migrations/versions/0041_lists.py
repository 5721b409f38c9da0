"""Lists of addresses to be looked through, and of keywords that editors save.

The addresses of 64 subscribers are a row; with them the index of those with capitals goes.
"""

import sqlalchemy as sa
from alembic import op

from digest.store import address_lists
from digest.store.schema import Instant, Key, KeywordList

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "address_lists",
        sa.Column("number", Key, autoincrement=False, nullable=False),
        sa.Column("emails", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_address_lists")),
    )
    address_lists.renew_all(op.get_bind())
    op.drop_index("ix_subscribers_capitals", "subscribers")
    op.create_table(
        "keyword_lists",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("keywords", KeywordList()),
        sa.Column("from_settings", sa.Boolean(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_lists")),
    )
    op.create_index("ix_keyword_lists_owner", "keyword_lists", ["kind", "owner"])
