"""A claim changes no column that is in an index: PostgreSQL need not write into any."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("workers", sa.Column("claimed_until", Instant()))
    # What was laid out as paused was at its end from then on.
    op.execute(
        "UPDATE deliveries SET finished_at = due_at WHERE finished_at IS NULL"
        " AND state NOT IN ('pending', 'deferred', 'sending', 'in doubt')"
    )
    op.drop_index("ix_deliveries_issue_id_state", "deliveries")
    op.drop_index("ix_deliveries_worker", "deliveries")
    for name, column, where in (
        ("turn", "due_at", "finished_at IS NULL AND next_attempt_at IS NULL"),
        ("put_off", "next_attempt_at", "finished_at IS NULL AND next_attempt_at IS NOT NULL"),
        ("finished_at", "finished_at", "finished_at IS NOT NULL"),
        ("cause", "cause", "cause IS NOT NULL"),
    ):
        op.create_index(
            f"ix_deliveries_{name}",
            "deliveries",
            ["issue_id", column, "subscriber_id"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    if op.get_context().dialect.name == "postgresql":
        # A row grows to twice its size until it is sent. Pages that are there stay as they are.
        op.execute("ALTER TABLE deliveries SET (fillfactor = 50)")
