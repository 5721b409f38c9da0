"""How many stories a subscriber wants at a time, and for how many days they wait for them."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("at_least", sa.Integer()))
    op.add_column("subscriptions", sa.Column("longest_wait", sa.Integer()))
    some = sa.text("at_least IS NOT NULL")
    op.create_index(
        "ix_subscriptions_at_least",
        "subscriptions",
        ["newsletter", "at_least"],
        sqlite_where=some,
        postgresql_where=some,
    )
