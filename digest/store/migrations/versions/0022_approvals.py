"""Approvals, waived findings and corrections; an issue whose sending waits or was stopped."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("issues", sa.Column("paused_at", Instant()))
    told = sa.Column("editors_told", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("issues", told)
    op.add_column("issues", sa.Column("dead_links", sa.JSON(none_as_null=True)))
    op.create_table(
        "approvals",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("rendered", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("changes_seen", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.Column("final_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_at", Instant()),
        sa.Column("end_reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_issue", "approvals", ["newsletter", "date"])
    op.create_table(
        "waivers",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waivers")),
        sa.UniqueConstraint(
            "newsletter", "date", "finding", name=op.f("uq_waivers_newsletter_date_finding")
        ),
    )
    op.create_table(
        "corrections",
        sa.Column("id", Key, nullable=False),
        sa.Column("story_id", Key, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("bullets", sa.JSON(), nullable=False),
        sa.Column("headline_before", sa.Text(), nullable=False),
        sa.Column("bullets_before", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_corrections_story_id")),
    )
    op.create_index("ix_corrections_story_id", "corrections", ["story_id"])
