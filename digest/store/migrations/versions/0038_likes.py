"""What a subscriber wants more or less of."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("likes", sa.JSON()))
