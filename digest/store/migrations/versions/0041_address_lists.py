"""The addresses of 64 subscribers a row, to be looked through; their index of capitals goes."""

import sqlalchemy as sa
from alembic import op

from digest.store import address_lists
from digest.store.schema import Key

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "address_lists",
        sa.Column("number", Key, autoincrement=False, nullable=False),
        sa.Column("emails", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_address_lists")),
    )
    address_lists.renew_all(op.get_bind())
    op.drop_index("ix_subscribers_capitals", "subscribers")
