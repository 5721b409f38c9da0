"""Alerts: which story was told between issues, and who wants any."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("alerts", sa.Boolean()))
    op.add_column("subscriptions", sa.Column("alerted_at", Instant()))
    op.create_table(
        "alerts",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("story_id", Key, sa.ForeignKey("stories.id"), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("subscribers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", "story_id"),
    )
