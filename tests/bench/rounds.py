"""Rates of several clients, measured in turn, round after round, and what they come to."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.bench.clients import Client, Missing
from tests.bench.senders import Order


@dataclass(slots=True)
class Row:
    """One client in one manner, and so many messages a round."""

    name: str
    client: Client | Missing
    messages: int
    order: Order
    bytes: int = 0
    rates: list[float] = field(default_factory=list)

    def run(self, client: Client, messages: int) -> float:
        """Messages a second."""
        answer = client.order({**self.order, "messages": messages})
        self.bytes = answer["bytes"]
        return answer["messages"] / answer["seconds"]


class Spread(NamedTuple):
    """The median of some figures, and how far they lie apart."""

    median: float
    least: float
    most: float

    def show(self, form: str) -> str:
        """All three, in the same format."""
        median, least, most = (format(value, form) for value in self)
        return f"{median} ({least} to {most})"


def spread(values: Sequence[float]) -> Spread:
    """Of at least one figure."""
    return Spread(statistics.median(values), min(values), max(values))


def ratio(row: Row, reference: Row) -> Spread:
    """Of the two rates of each round: what slowed the machine then slowed both."""
    return spread([a / b for a, b in zip(row.rates, reference.rates, strict=True)])


def measure(rows: Sequence[Row], rounds: int) -> None:
    """Run each row once a round, beginning with another one each time.

    Before that each sends a tenth of its messages unmeasured, to warm up.
    """
    there = [(row, row.client) for row in rows if not isinstance(row.client, Missing)]
    for row, client in there:
        row.run(client, max(1, row.messages // 10))
    for number in range(rounds):
        first = number % len(there)
        for row, client in there[first:] + there[:first]:
            row.rates.append(row.run(client, row.messages))


def table(rows: Sequence[Row], reference: Row) -> str:
    """In Markdown; medians, with the least and the most; what is missing is named in its row."""
    lines = [
        ["who", "messages a round", "bytes", "messages/s", f"ratio to {reference.name}"],
        ["---", "--:", "--:", "--:", "--:"],
        *(_cells(row, reference) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(row: Row, reference: Row) -> list[str]:
    if isinstance(row.client, Missing):
        return [row.name, "", "", f"skipped: {row.client.reason}", ""]
    rate = spread(row.rates).show(",.0f" if min(row.rates) >= 100 else ".1f")
    compared = ratio(row, reference).show(".2f") if reference.rates else ""
    return [row.name, f"{row.messages:,}", f"{row.bytes:,}", rate, compared]
