"""The topics that an admin gave to stories."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "topic_labels",
        sa.Column("story_id", Key, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_topic_labels_story_id")
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_topic_labels")),
    )
