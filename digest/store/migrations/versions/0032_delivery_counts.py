"""How many deliveries are in each state; on PostgreSQL triggers keep these counts."""

import sqlalchemy as sa
from alembic import op

from digest.store.schema import Instant, Key

revision = "0032"
down_revision = "0031"

# A row for the state of each delivery, and one for each that was in doubt at some time. What waits
# is counted by when it is due; all else stands under the time with which everything began.
_NAMED = """
    SELECT issue_id, state, CASE state WHEN 'pending' THEN due_at ELSE '{never}' END AS due_at, n
    FROM ({rows}) AS of_state
    UNION ALL
    SELECT issue_id, 'doubted', '{never}', n
    FROM ({rows}) AS in_doubt WHERE doubted_at IS NOT NULL
"""
_COUNT_ALL = """
    INSERT INTO delivery_counts (issue_id, state, due_at, part, count)
    SELECT issue_id, state, due_at, 0, count(*) FROM ({named}) AS named
    GROUP BY issue_id, state, due_at
"""
# A session counts in rows that no other one touches: nobody waits for them, and no two sessions
# for each other. What stays as it was, such as a change of `reply`, adds nothing.
_FUNCTION = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO delivery_counts AS counts (issue_id, state, due_at, part, count)
        SELECT issue_id, state, due_at, pg_backend_pid(), sum(n) FROM ({named}) AS named
        GROUP BY issue_id, state, due_at HAVING sum(n) <> 0
        ON CONFLICT (issue_id, state, due_at, part) DO UPDATE
        SET count = counts.count + excluded.count;
        RETURN NULL;
    END $$
"""
_ALL = "SELECT issue_id, state, due_at, doubted_at, 1 AS n FROM deliveries"
_NEW = "SELECT issue_id, state, due_at, doubted_at, 1 AS n FROM new_rows"
_OLD = "SELECT issue_id, state, due_at, doubted_at, -1 AS n FROM old_rows"
_TRIGGERS = (
    ("insert", "NEW TABLE AS new_rows", _NEW),
    ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows", f"{_OLD} UNION ALL {_NEW}"),
    ("delete", "OLD TABLE AS old_rows", _OLD),
)


def upgrade() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("issue_id", Key, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "issue_id", "state", "due_at", "part", name=op.f("pk_delivery_counts")
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_delivery_counts_issue_id")
        ),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    never = "1970-01-01 00:00:00+00" if is_postgresql else "1970-01-01 00:00:00.000000"
    op.execute(_COUNT_ALL.format(named=_NAMED.format(rows=_ALL, never=never)))
    for event, tables, rows in _TRIGGERS if is_postgresql else ():
        name, named = f"count_deliveries_{event}", _NAMED.format(rows=rows, never=never)
        op.execute(_FUNCTION.format(name=name, named=named))
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON deliveries REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
