"""Addresses by how they begin; what came back by when it did."""

from alembic import op

revision = "0029"
down_revision = "0026"


def upgrade() -> None:
    by_pattern = {"email": "text_pattern_ops"}
    op.create_index("ix_subscribers_email", "subscribers", ["email"], postgresql_ops=by_pattern)
    op.create_index("ix_bounces_received_at", "bounces", ["received_at"])
