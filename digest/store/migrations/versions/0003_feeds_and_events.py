"""Feeds, what waits to be merged, and stories that bring news of an event told before."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("stories") as stories:
        stories.add_column(sa.Column("event_id", Key, nullable=True))
        stories.add_column(sa.Column("update_since", sa.Date(), nullable=True))
        stories.add_column(sa.Column("differing", sa.JSON(none_as_null=True), nullable=True))
        stories.add_column(sa.Column("weight", sa.Float(), nullable=False, server_default="1"))
        stories.add_column(
            sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        stories.create_foreign_key(op.f("fk_stories_event_id"), "stories", ["event_id"], ["id"])
        stories.create_index(op.f("ix_stories_event_id"), ["event_id"], unique=False)
    with op.batch_alter_table("reports") as reports:
        reports.alter_column("story_id", existing_type=Key, nullable=True)
        reports.add_column(sa.Column("standing", sa.Text(), nullable=False, server_default="told"))
        for name in ("guid", "url", "title_hash", "reason"):
            reports.add_column(sa.Column(name, sa.Text(), nullable=True))
        reports.add_column(sa.Column("published", Instant(), nullable=True))
        reports.add_column(sa.Column("features", sa.LargeBinary(), nullable=True))
    op.create_index("ix_reports_published", "reports", ["published"], unique=False)
    op.create_index(
        "ix_reports_source_collected_at", "reports", ["source", "collected_at"], unique=False
    )
    op.create_index(
        "ix_reports_standing",
        "reports",
        ["standing", "source"],
        unique=False,
        sqlite_where=sa.text("standing <> 'told'"),
        postgresql_where=sa.text("standing <> 'told'"),
    )
    op.create_table(
        "feeds",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("configured", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("last_modified", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_success", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("error_since", Instant(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("quarantine", sa.Text(), nullable=True),
        sa.Column("quarantined_at", Instant(), nullable=True),
        sa.Column("first_seen", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_feeds")),
    )
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )
    op.create_table(
        "merge_rules",
        sa.Column("first", Key, nullable=False),
        sa.Column("second", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["first"], ["reports.id"], name=op.f("fk_merge_rules_first")),
        sa.ForeignKeyConstraint(["second"], ["reports.id"], name=op.f("fk_merge_rules_second")),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_merge_rules")),
    )
