"""The text of a feed's report, to tell a revised item from another one under its name."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("reports", sa.Column("text_hash", sa.Text(), nullable=True))
