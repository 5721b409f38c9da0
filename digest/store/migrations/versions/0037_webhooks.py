"""Webhooks, and the events that wait for them."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", Key, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("with_addresses", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("old_secret_until", Instant()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failing_since", Instant()),
        sa.Column("next_attempt_at", Instant()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", Instant()),
        sa.Column("disabled_at", Instant()),
        sa.Column("disabled_reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_messages",
        sa.Column("id", Key, nullable=False),
        sa.Column("webhook_id", Key, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger()),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("give_up_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant()),
        sa.Column("code", sa.Integer()),
        sa.Column("reply", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name=op.f("fk_webhook_messages_webhook_id"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_messages_webhook_id", "webhook_messages", ["webhook_id", "id"])
    for name, columns, condition in (
        ("waiting", ["webhook_id", "subject", "id"], "state = 'waiting'"),
        ("subscriber_id", ["subscriber_id"], "subscriber_id IS NOT NULL"),
        ("finished_at", ["finished_at"], "finished_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_webhook_messages_{name}",
            "webhook_messages",
            columns,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
