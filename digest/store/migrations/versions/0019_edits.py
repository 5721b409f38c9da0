"""What editors decide of an issue."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "edits",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story_id", Key),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
    )
    op.create_index("ix_edits_issue", "edits", ["newsletter", "date"])
