"""Words that a subscriber does not want to read of, or alone wants to read of."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("keywords", sa.Text()))
