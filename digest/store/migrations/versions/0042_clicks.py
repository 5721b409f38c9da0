"""How often the links of a story were followed, by issue and day; not by whom."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Key

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "clicks",
        sa.Column("issue_id", Key, sa.ForeignKey("issues.id"), nullable=False),
        sa.Column("story_id", Key, sa.ForeignKey("stories.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "story_id", "day"),
    )
    op.create_index("ix_clicks_day", "clicks", ["day"])
