"""How long a subscriber wants their mails."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("layout", sa.Text()))
