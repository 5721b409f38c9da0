"""What an alert says is kept once, and each mail of it names its subscriber and its end."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0043"
down_revision = "0042"

_notices = sa.table(
    "notices",
    sa.column("id", sa.BigInteger),
    sa.column("kind", sa.Text),
    sa.column("newsletter", sa.Text),
    sa.column("details", sa.JSON),
    sa.column("alert_id", sa.BigInteger),
    sa.column("subscriber_id", sa.BigInteger),
    sa.column("created_at", Instant),
)
_mails = sa.table(
    "alert_mails",
    sa.column("id", sa.BigInteger),
    sa.column("newsletter", sa.Text),
    sa.column("story_id", sa.BigInteger),
    sa.column("content", sa.JSON),
    sa.column("made_at", Instant),
)


def upgrade() -> None:
    op.create_table(
        "alert_mails",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("held", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_mails")),
        sa.UniqueConstraint(
            "newsletter", "story_id", name=op.f("uq_alert_mails_newsletter_story_id")
        ),
        sqlite_autoincrement=True,
    )
    op.add_column("notices", sa.Column("alert_id", Key))
    op.add_column("notices", sa.Column("subscriber_id", Key))
    op.add_column("notices", sa.Column("expires_at", Instant()))
    op.add_column("notices", sa.Column("doubted_at", Instant()))
    _name_mails(op.get_bind())
    op.drop_index("ix_notices_state", "notices")
    op.create_index("ix_notices_turn", "notices", ["state", "alert_id", "id"])
    op.create_index(
        "ix_notices_alert_id",
        "notices",
        ["alert_id", "subscriber_id"],
        unique=True,
        sqlite_where=sa.text("alert_id IS NOT NULL"),
        postgresql_where=sa.text("alert_id IS NOT NULL"),
    )


def _name_mails(connection: sa.Connection) -> None:
    """The alerts of the last days, each of whose notices had all of it."""
    mails: dict[tuple[str, int], list[Any]] = defaultdict(list)
    query = sa.select(_notices).where(_notices.c.kind == "alert").order_by(_notices.c.id)
    for row in connection.execute(query):
        mails[row.newsletter, row.details["story"]].append(row)
    for (newsletter, story), rows in mails.items():
        content = {key: value for key, value in rows[0].details.items() if key != "subscriber"}
        mail = {"newsletter": newsletter, "story_id": story, "content": content}
        insert = sa.insert(_mails).values(**mail, made_at=rows[0].created_at)
        number = connection.execute(insert.returning(_mails.c.id)).scalar_one()
        for row in rows:
            connection.execute(
                sa.update(_notices)
                .where(_notices.c.id == row.id)
                .values(alert_id=number, subscriber_id=row.details["subscriber"], details={})
            )
