"""How many came to a newsletter and left it by day, whoever is erased since.

Of those who left before this, the day on which they came is that of their last consent.
"""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Key

revision = "0044"
down_revision = "0043"

_JOINED = """
    SELECT newsletter, {day_of_joined}, count(*), 0 FROM (
        SELECT newsletter, created_at AS joined_at FROM subscriptions
        UNION ALL
        SELECT left_of.newsletter, max(given_at) AS joined_at
        FROM unsubscribes AS left_of JOIN consents
        ON consents.subscriber_id = left_of.subscriber_id
        AND consents.newsletter = left_of.newsletter AND consents.given_at <= left_of.left_at
        GROUP BY left_of.newsletter, left_of.subscriber_id
    ) AS those_who_came GROUP BY 1, 2
"""
_LEFT = "SELECT newsletter, {day_of_left}, 0, count(*) FROM unsubscribes GROUP BY 1, 2"


def upgrade() -> None:
    op.create_table(
        "subscriber_figures",
        sa.Column("id", Key, primary_key=True),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
    )
    op.create_index("ix_subscriber_figures_day", "subscriber_figures", ["newsletter", "day"])
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    day = "(timezone('UTC', {}))::date" if is_postgresql else "date({})"
    joined = _JOINED.format(day_of_joined=day.format("joined_at"))
    left = _LEFT.format(day_of_left=day.format("left_at"))
    for rows in (joined, left):
        op.execute(f'INSERT INTO subscriber_figures (newsletter, day, joined, "left") {rows}')
