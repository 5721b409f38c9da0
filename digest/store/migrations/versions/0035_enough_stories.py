"""How many stories a subscriber wants at a time, and for how many days they wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("at_least", sa.Integer()))
    op.add_column("subscriptions", sa.Column("longest_wait", sa.Integer()))
