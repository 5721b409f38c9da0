"""How many came and left by day, whoever is erased since; keywords as they are written from now on.

Of those who left before this, the day on which they came is that of their last consent. What stands
before a colon in a keyword and names no place has always been a word like others: `block:x` becomes
`block x`, which is found in the same texts.
"""

import json
import re

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Key

revision = "0044"
down_revision = "0040"

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
_PREFIX = re.compile(r"(\+?\s*(?!(?:title|source|topic):)[^\W\d_]+):(?=\S)", re.IGNORECASE)
_subscriptions = sa.table("subscriptions", sa.column("keywords", sa.Text))
_unsubscribes = sa.table(
    "unsubscribes",
    sa.column("newsletter", sa.Text),
    sa.column("subscriber_id", sa.BigInteger),
    sa.column("subscription", sa.JSON),
)


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
    _respell_keywords(op.get_bind())


def _respell_keywords(connection: sa.Connection) -> None:
    column = _subscriptions.c.keywords
    for text in connection.scalars(sa.select(column).where(column.like("%:%")).distinct()).all():
        respelled = json.dumps(_respelled(json.loads(text)), ensure_ascii=False)
        if respelled != text:
            changed = sa.update(_subscriptions).where(column == text)
            connection.execute(changed.values(keywords=respelled))
    ended = _unsubscribes.c
    has_some = sa.cast(ended.subscription, sa.Text).like('%"keywords": ["%')
    for row in connection.execute(sa.select(_unsubscribes).where(has_some)).all():
        before = row.subscription
        after = {**before, "keywords": _respelled(before["keywords"])}
        if after != before:
            theirs = (ended.newsletter == row.newsletter) & (
                ended.subscriber_id == row.subscriber_id
            )
            changed = sa.update(_unsubscribes).where(theirs)
            connection.execute(changed.values(subscription=after))


def _respelled(keywords: list[str]) -> list[str]:
    # One that becomes what is there already is there once.
    return list(
        dict.fromkeys(
            _PREFIX.sub(r"\1 ", keyword, count=1) if _PREFIX.match(keyword) else keyword
            for keyword in keywords
        )
    )
