"""When a round ended well last, and when the last backup was made."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "milestones",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reached_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_milestones")),
    )
