"""Causes beside the words for people, the hash of a notice's address; early editions mended.

Sentences that code had matched on become values, once, here. Migrations before this one were
edited in the days when they were new: whoever ran an earlier edition gets what it lacked.
"""

import hashlib

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0006"
down_revision = "0005"

_DIED = "the sender died before the server's answer was recorded"
_LAST_REPLY = "; the last reply was "
_DAY_OVER = "held until its day was over: "


def upgrade() -> None:
    _mend_early_editions()
    for table in ("deliveries", "attempts", "notices", "issues"):
        op.add_column(table, sa.Column("cause", sa.Text()))
    for table in ("deliveries", "notices"):
        _part_cause_from_reply(table)
    op.execute(
        f"UPDATE attempts SET cause = 'worker-died', reply = NULL WHERE reply = {_quoted(_DIED)}"
    )
    op.execute(
        f"UPDATE issues SET cause = 'day-over', reason = substr(reason, {len(_DAY_OVER) + 1}) "
        f"WHERE state = 'skipped' AND reason LIKE {_quoted(_DAY_OVER + '%')}"
    )
    _hash_addresses()


def _mend_early_editions() -> None:
    connection = op.get_bind()
    inspector = sa.inspect(connection)

    def lacks(table: str, column: str) -> bool:
        return column not in {each["name"] for each in inspector.get_columns(table)}

    if lacks("issues", "rendered"):
        op.add_column("issues", sa.Column("rendered", sa.JSON(none_as_null=True)))
    if not lacks("issues", "reopened_at"):
        op.execute(
            "UPDATE deliveries SET due_at = (SELECT reopened_at FROM issues "
            "WHERE issues.id = deliveries.issue_id) WHERE EXISTS (SELECT 1 FROM issues "
            "WHERE issues.id = deliveries.issue_id AND issues.reopened_at > deliveries.due_at)"
        )
        op.drop_column("issues", "reopened_at")
    if lacks("stories", "withdrawn_at"):
        op.add_column("stories", sa.Column("withdrawn_at", Instant()))
    if not inspector.has_table("rejections"):
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
    if lacks("seats", "wanted"):
        _make_seats_anew()
    # What robots.txt said is read again where it is not known.
    if not isinstance(_type_of(inspector, "robots", "rules"), sa.JSON):
        op.drop_table("robots")
        op.create_table(
            "robots",
            sa.Column("origin", sa.Text(), nullable=False),
            sa.Column("rules", sa.JSON(), nullable=False),
            sa.Column("read_at", Instant(), nullable=False),
            sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
        )
    op.create_index(
        "ix_reports_source_collected_at", "reports", ["source", "collected_at"], if_not_exists=True
    )
    op.create_index(
        "ix_deliveries_worker",
        "deliveries",
        ["worker"],
        sqlite_where=sa.text("worker IS NOT NULL"),
        postgresql_where=sa.text("worker IS NOT NULL"),
        if_not_exists=True,
    )


def _type_of(inspector: sa.Inspector, table: str, column: str) -> object:
    return next(each["type"] for each in inspector.get_columns(table) if each["name"] == column)


def _make_seats_anew() -> None:
    """Whoever holds one says so again at its next beat."""
    op.drop_table("seats")
    op.create_table(
        "seats",
        sa.Column("backend", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name=op.f("fk_seats_worker"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("backend", "resource", "worker", name=op.f("pk_seats")),
    )


def _part_cause_from_reply(table: str) -> None:
    """A reply is what the server said; what we had written in its place becomes the cause."""
    find = "strpos" if op.get_bind().dialect.name == "postgresql" else "instr"
    last_reply = (
        f"CASE WHEN {find}(reply, {_quoted(_LAST_REPLY)}) > 0 THEN "
        f"substr(reply, {find}(reply, {_quoted(_LAST_REPLY)}) + {len(_LAST_REPLY)}) END"
    )
    gave_up = "reply LIKE 'gave up after %'"
    for cause, reply, which in (
        # Only the replies of people who were erased are blank.
        ("COALESCE(reply, 'erased')", "NULL", "state = 'suppressed'"),
        ("'late'", "NULL", "state = 'merged' AND reply LIKE 'too late%'"),
        ("'same-date'", "NULL", "state = 'merged' AND cause IS NULL"),
        ("'worker-died'", "NULL", f"reply = {_quoted(_DIED)}"),
        ("'untold'", last_reply, f"state = 'failed' AND {gave_up} AND reply LIKE '% days; %'"),
        ("'gave-up'", last_reply, f"state = 'failed' AND {gave_up}"),
        # Taken up again by hand after it had been given up.
        ("NULL", last_reply, gave_up),
        ("NULL", "NULL", "state = 'skipped'"),
    ):
        op.execute(f"UPDATE {table} SET cause = {cause}, reply = {reply} WHERE {which}")


def _hash_addresses() -> None:
    op.add_column(
        "notices",
        sa.Column("address_hash", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    connection = op.get_bind()
    for number, email in connection.execute(sa.text("SELECT id, email FROM notices")).all():
        key = hashlib.sha256(email.strip().casefold().encode("utf-8", "replace")).hexdigest()
        connection.execute(
            sa.text("UPDATE notices SET address_hash = :key WHERE id = :number"),
            {"key": key, "number": number},
        )
    op.create_index("ix_notices_address_hash", "notices", ["address_hash"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
