"""Another hour for one date; sources that editors add."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    hours = sa.text("kind = 'hour'")
    op.create_index("ix_edits_hours", "edits", ["date"], sqlite_where=hours, postgresql_where=hours)
    op.create_table(
        "added_sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_added_sources")),
    )
