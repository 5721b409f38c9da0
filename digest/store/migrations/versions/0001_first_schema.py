"""The first schema."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "issues",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("rendered", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issues")),
        sa.UniqueConstraint("newsletter", "date", name=op.f("uq_issues_newsletter_date")),
    )
    op.create_index(op.f("ix_issues_state"), "issues", ["state"], unique=False)
    op.create_table(
        "stories",
        sa.Column("id", Key, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("bullets", sa.JSON(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_reason", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("dropped", sa.Date(), nullable=True),
        sa.Column("image", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("source_count", sa.Integer(), nullable=False),
        sa.Column("collected_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_index(op.f("ix_stories_collected_at"), "stories", ["collected_at"], unique=False)
    op.create_table(
        "subscribers",
        sa.Column("id", Key, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_subscribers_address_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("born", sa.Float(), nullable=False),
        sa.Column("heartbeat_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "deliveries",
        sa.Column("issue_id", Key, nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("next_attempt_at", Instant(), nullable=True),
        sa.Column("doubted_at", Instant(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_deliveries_issue_id")),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_issue_id_state",
        "deliveries",
        ["issue_id", "state", "subscriber_id"],
        unique=False,
    )
    op.create_index(
        "ix_deliveries_worker",
        "deliveries",
        ["worker"],
        sqlite_where=sa.text("worker IS NOT NULL"),
        postgresql_where=sa.text("worker IS NOT NULL"),
    )
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"], unique=False)
    op.create_table(
        "issue_stories",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("story_id", Key, nullable=False),
        sa.Column("issue_id", Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_stories_issue_id")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_issue_stories_story_id")
        ),
        sa.PrimaryKeyConstraint("newsletter", "story_id", name=op.f("pk_issue_stories")),
    )
    op.create_index(op.f("ix_issue_stories_issue_id"), "issue_stories", ["issue_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", Key, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw_hash", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("collected_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("story_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_reports_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_reports_source_key")),
    )
    op.create_index(op.f("ix_reports_content_hash"), "reports", ["content_hash"], unique=False)
    op.create_index(op.f("ix_reports_story_id"), "reports", ["story_id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_subscriptions_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("newsletter", "subscriber_id", name=op.f("pk_subscriptions")),
    )
    op.create_index(
        "ix_subscriptions_subscriber_id", "subscriptions", ["subscriber_id"], unique=False
    )
