"""The pictures of stories: what is kept of each, and why there is none."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("stories", sa.Column("picture", sa.JSON(none_as_null=True)))
    op.create_table(
        "pictures",
        sa.Column("story_id", Key, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_pictures_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_pictures")),
    )
    op.create_index(op.f("ix_pictures_content_hash"), "pictures", ["content_hash"])
