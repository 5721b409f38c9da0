"""Tables for people."""

from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from digest.text import visible

# Lines of a long table that are laid out together.
_AT_ONCE = 200


def say_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    widths: Sequence[int] = (),
    with_header: bool = True,
) -> None:
    """A table, as wide as it needs to be where nobody watches; its columns at least `widths`."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=with_header)
    for column, width in zip_longest(columns, widths):
        table.add_column(column, overflow="fold", min_width=width)
    for row in rows:
        # As text: in a string Rich would obey what looks like its markup.
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def say_long_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """A table of any length, some lines at a time; how many lines.

    Its columns are as wide as its first lines need; a later line may need more.
    """
    rest, count = iter(rows), 0
    widths: list[int] = []
    while some := list(islice(rest, _AT_ONCE)):
        widths = widths or [
            max(len(visible(str(cell))) for cell in cells)
            for cells in zip(columns, *some, strict=True)
        ]
        say_table(columns, some, widths=widths, with_header=not count)
        count += len(some)
    return count
