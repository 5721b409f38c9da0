"""The weekdays on which a subscriber wants mail."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("days", sa.Integer()))
