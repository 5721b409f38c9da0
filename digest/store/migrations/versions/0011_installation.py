"""Which installation a database is, so that a copy of it is known as one."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("ran_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_installation")),
    )
