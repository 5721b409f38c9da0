"""What subscribers choose, asked for and left; when each mail is due; what is not told."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _subscribers_choose()
    _mail_is_due()
    _people_ask()
    _some_is_not_told()


def _subscribers_choose() -> None:
    op.add_column("subscribers", sa.Column("language", sa.Text()))
    op.add_column("subscriptions", sa.Column("hour", sa.Integer()))
    op.add_column("subscriptions", sa.Column("paused_until", sa.Date()))


def _mail_is_due() -> None:
    op.add_column(
        "deliveries",
        sa.Column("due_at", Instant(), nullable=False, server_default="1970-01-01 00:00:00.000000"),
    )
    op.add_column("deliveries", sa.Column("since", sa.Date()))
    op.execute(
        "UPDATE deliveries SET due_at = COALESCE("
        "(SELECT COALESCE(reopened_at, sealed_at) FROM issues "
        "WHERE issues.id = deliveries.issue_id), due_at)"
    )
    # An issue's life counts from each delivery's time now.
    op.drop_column("issues", "reopened_at")
    op.drop_index("ix_deliveries_issue_id_state", "deliveries")
    op.create_index(
        "ix_deliveries_issue_id_state",
        "deliveries",
        ["issue_id", "state", "due_at", "subscriber_id"],
    )


def _people_ask() -> None:
    op.create_table(
        "signups",
        sa.Column("id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("wants_issue", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("mailed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signups")),
        sa.UniqueConstraint(
            "newsletter", "address_hash", name=op.f("uq_signups_newsletter_address_hash")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signups_asked_at", "signups", ["asked_at"], unique=False)
    op.create_table(
        "address_changes",
        sa.Column("id", Key, nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_address_changes_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_address_changes_subscriber_id", "address_changes", ["subscriber_id"], unique=False
    )
    op.create_table(
        "consents",
        sa.Column("id", Key, nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_consents_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_given_at",
        "consents",
        ["given_at"],
        unique=False,
        sqlite_where=sa.text("network IS NOT NULL"),
        postgresql_where=sa.text("network IS NOT NULL"),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"], unique=False)
    op.create_table(
        "departures",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("subscriber_id", Key, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("left_at", Instant(), nullable=False),
        sa.Column("subscription", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_departures_subscriber_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("newsletter", "subscriber_id", name=op.f("pk_departures")),
    )
    op.create_index("ix_departures_subscriber_id", "departures", ["subscriber_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_state", "notices", ["state", "next_attempt_at"], unique=False)


def _some_is_not_told() -> None:
    op.add_column("stories", sa.Column("withdrawn_at", Instant()))
    op.create_table(
        "rejections",
        sa.Column("id", Key, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw_hash", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
    )
