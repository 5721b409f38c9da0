"""docs/schema.md has every table and column, as digest/store/schema.py has them."""

import re

import pytest
import sqlalchemy as sa

from digest.store.schema import Instant, KeywordList, LikesColumn, Weekdays, metadata
from tests.paths import ROOT

HOLDS: list[tuple[type[object], str]] = [
    (Instant, "time"),
    (sa.Date, "date"),
    (sa.Boolean, "yes or no"),
    (Weekdays, "number"),
    (KeywordList, "JSON"),
    (LikesColumn, "JSON"),
    (sa.Integer, "number"),
    (sa.Float, "real"),
    (sa.Text, "text"),
    (sa.JSON, "JSON"),
    (sa.LargeBinary, "bytes"),
]


def documented() -> dict[str, list[tuple[str, str]]]:
    """Of each table the first two cells of its rows."""
    text = (ROOT / "docs" / "schema.md").read_text()
    sections = re.split(r"^### (\w+)$", text, flags=re.MULTILINE)
    return {
        table: re.findall(r"^\| (\S*`\w+`\S*) \| ([^|]+) \| [^|]+ \|$", section, re.MULTILINE)
        for table, section in zip(sections[1::2], sections[2::2], strict=True)
    }


def row_of(column: sa.Column[object]) -> tuple[str, str]:
    name = f"**`{column.name}`**" if column.primary_key else f"`{column.name}`"
    holds = next(word for kind, word in HOLDS if isinstance(column.type, kind))
    for key in column.foreign_keys:
        holds += f" of `{key.column.table.name}`"
    return name, f"{holds}, empty" if column.nullable else holds


def test_every_table_is_documented_and_no_other():
    assert set(documented()) == set(metadata.tables)


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_column_is_documented_with_what_it_holds(table):
    assert documented()[table] == [row_of(column) for column in metadata.tables[table].columns]


def test_every_table_says_who_writes_it():
    text = (ROOT / "docs" / "schema.md").read_text()
    assert text.count(" Written by: ") == len(metadata.tables)
