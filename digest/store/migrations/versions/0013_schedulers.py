"""Which processes do what is due, so that whoever asks can be told whether anybody does."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "schedulers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedulers")),
    )
