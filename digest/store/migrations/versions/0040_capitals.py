"""The few addresses with capital letters, which a search looks for apart."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    has_capitals = sa.text("email <> lower(email)")
    op.create_index(
        "ix_subscribers_capitals",
        "subscribers",
        ["email"],
        sqlite_where=has_capitals,
        postgresql_where=has_capitals,
    )
