"""Tables get the names that their content has elsewhere.

Each is made anew and filled: so the names of its keys and indexes are the new ones too, on both
databases.
"""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "rate_usage",
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("slice", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("backend", "span", "slice", name=op.f("pk_rate_usage")),
    )
    _move_rows("permits", "rate_usage", "backend, span, slice, used")
    op.create_table(
        "connection_slots",
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name=op.f("fk_connection_slots_worker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("backend", "resource", "worker", name=op.f("pk_connection_slots")),
    )
    _move_rows("seats", "connection_slots", "backend, resource, worker, held, wanted")
    op.create_table(
        "unsubscribes",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("left_at", Instant(), nullable=False),
        sa.Column("subscription", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_unsubscribes_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("newsletter", "subscriber_id", name=op.f("pk_unsubscribes")),
    )
    _move_rows(
        "departures",
        "unsubscribes",
        "newsletter, subscriber_id, how, reason, left_at, subscription",
    )
    op.create_index(op.f("ix_unsubscribes_subscriber_id"), "unsubscribes", ["subscriber_id"])


def _move_rows(old: str, new: str, columns: str) -> None:
    op.execute(f"INSERT INTO {new} ({columns}) SELECT {columns} FROM {old}")
    op.drop_table(old)
