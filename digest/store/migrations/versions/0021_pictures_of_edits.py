"""The picture that an editor chose, and what people say of a draft."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("edits", sa.Column("picture", sa.JSON(none_as_null=True)))
    op.add_column("edits", sa.Column("turns", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "comments",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_issue", "comments", ["newsletter", "date"])
