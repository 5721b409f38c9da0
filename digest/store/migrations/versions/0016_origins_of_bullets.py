"""Where each bullet of a story comes from, whose words it is, and the order of what is pinned."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"


def upgrade() -> None:
    for column in (
        sa.Column("pin_place", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("origins", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("bullets_reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("machine_written", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("stories", column)
