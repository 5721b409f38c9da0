"""Tables for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digest.text import visible


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table, as wide as it needs to be where nobody watches."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # As text: in a string Rich would obey what looks like its markup.
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
