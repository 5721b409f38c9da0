"""A worker is one run: where its number counts, how long it may be silent, what it handed out."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("workers", sa.Column("pid_space", sa.Text(), nullable=True))
    op.add_column("workers", sa.Column("silence", sa.Float(), nullable=True))
    op.add_column("workers", sa.Column("handed_out", sa.Text(), nullable=True))
