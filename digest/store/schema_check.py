"""Whether a database has what this version expects of it, whatever its revision says."""

from collections.abc import Iterator

import sqlalchemy as sa

from digest.store.schema import metadata
from digest.store.search import TABLE as SEARCH

_TRIGGERS = sa.text("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'count_deliveries_%'")


def missing(connection: sa.Connection) -> Iterator[str]:
    """The tables that are not there, and the columns, keys, indexes and triggers of the others."""
    inspector = sa.inspect(connection)
    columns, indexes = inspector.get_multi_columns(), inspector.get_multi_indexes()
    unique = inspector.get_multi_unique_constraints()
    if not inspector.has_table(SEARCH):
        yield f"table {SEARCH}"
    if connection.dialect.name == "postgresql":
        expected_triggers = {
            f"count_deliveries_{event}" for event in ("insert", "update", "delete")
        }
        present_triggers = set(connection.scalars(_TRIGGERS))
        yield from (f"trigger {name}" for name in sorted(expected_triggers - present_triggers))
    for table in metadata.sorted_tables:
        key = (None, table.name)
        if key not in columns:
            yield f"table {table.name}"
            continue
        present = {column["name"] for column in columns[key]}
        yield from (f"column {column}" for column in table.columns if column.name not in present)
        named = {key_columns["name"] for key_columns in (*indexes[key], *unique[key])}
        expected = {index.name for index in table.indexes} | {
            constraint.name
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint)
        }
        yield from (f"index {name}" for name in sorted(map(str, expected - named)))
