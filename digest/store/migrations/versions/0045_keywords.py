"""Keywords of subscribers as they are written from now on.

What stands before a colon and names no place has always been a word like others: `block:x` becomes
`block x`, which is found in the same texts.
"""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

_PREFIX = re.compile(r"(\+?\s*(?!(?:title|source|topic):)[^\W\d_]+):(?=\S)", re.IGNORECASE)
_subscriptions = sa.table("subscriptions", sa.column("keywords", sa.Text))
_unsubscribes = sa.table(
    "unsubscribes",
    sa.column("newsletter", sa.Text),
    sa.column("subscriber_id", sa.BigInteger),
    sa.column("subscription", sa.JSON),
)


def upgrade() -> None:
    respell_keywords(op.get_bind())


def respell_keywords(connection: sa.Connection) -> None:
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
