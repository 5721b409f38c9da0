"""The history of deliveries, the limits of backends, and what bounces."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("issues", sa.Column("reopened_at", Instant(), nullable=True))
    op.add_column("deliveries", sa.Column("server", sa.Text(), nullable=True))
    with op.batch_alter_table("workers") as workers:
        workers.add_column(sa.Column("issue_id", Key, nullable=True))
        workers.add_column(sa.Column("began_at", Instant(), nullable=True))
        workers.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
        workers.create_foreign_key(op.f("fk_workers_issue_id"), "issues", ["issue_id"], ["id"])
    op.create_table(
        "attempts",
        sa.Column("issue_id", Key, nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_attempts_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", "attempt", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_subscriber_id", "attempts", ["subscriber_id"], unique=False)
    op.create_table(
        "permits",
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("slice", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("backend", "span", "slice", name=op.f("pk_permits")),
    )
    op.create_table(
        "seats",
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name=op.f("fk_seats_worker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("backend", "resource", "worker", name=op.f("pk_seats")),
    )
    op.create_table(
        "bounces",
        sa.Column("id", Key, nullable=False),
        sa.Column("message_hash", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("subscriber_id", Key, nullable=True),
        sa.Column("issue_id", Key, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_bounces_issue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint(
            "message_hash", "address_hash", name=op.f("uq_bounces_message_hash_address_hash")
        ),
    )
    op.create_index(
        "ix_bounces_address_hash", "bounces", ["address_hash", "received_at"], unique=False
    )
    op.create_index("ix_bounces_issue_id_kind", "bounces", ["issue_id", "kind"], unique=False)
