"""What is counted of records that are gone."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("issues", sa.Column("deliveries_ended_at", Instant()))
    op.add_column("reports", sa.Column("emptied_at", Instant()))
    whole = sa.text("emptied_at IS NULL")
    op.create_index(
        "ix_reports_collected_at",
        "reports",
        ["collected_at"],
        sqlite_where=whole,
        postgresql_where=whole,
    )
    op.create_table(
        "issue_figures",
        sa.Column("issue_id", Key, nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "issue_id", "records", "name", "cause", name=op.f("pk_issue_figures")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_figures_issue_id")
        ),
    )
