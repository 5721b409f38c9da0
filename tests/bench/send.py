"""How fast an issue is sent, beside Postfix's load generator, Django and nodemailer.

All run in turn, round after round, against one smtp-sink on this machine. smtp-source sends one
fixed message and keeps no record; the others personalise each, and the engine claims and records
each in SQLite. Then the same with 20 ms to the server and one connection each. What is not
installed is skipped and named.
"""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.bench import clients, filling, mail, tools
from tests.bench.clients import Client, Missing
from tests.bench.machine import facts
from tests.bench.proxy import far, round_trip
from tests.bench.rounds import Row, measure, ratio, table
from tests.bench.senders import Order
from tests.bench.sink import sink

CONNECTIONS = 8
ROUND_TRIP = 0.020
BATCHES = (200, 1000)
KEYS = {None: "", "ed25519": ", Ed25519", "rsa": ", RSA-2048"}


@dataclass(frozen=True, slots=True)
class Field:
    """Who takes part."""

    source: Client
    engine: Client
    django: Client | Missing
    nodemailer: Client | Missing


class Goal(NamedTuple):
    """What a row is to reach, as a ratio to another."""

    row: Row
    reference: Row
    least: float


def assemble(folder: Path, subscribers: int, stack: ExitStack) -> Field:
    """Start everyone; `stack` ends them. `folder` gets the database and the mail."""
    database = filling.open_database(folder)
    filling.fill(database, subscribers)
    issue_id = filling.seal(database, mail.today(), mail.rendered())
    filling.lay_out(database, issue_id)
    database.close()
    plain = folder / "mail.json"
    mail.write_plain(plain)
    no_django, no_nodemailer = tools.django(), tools.nodemailer()
    return Field(
        clients.Source(),
        stack.enter_context(clients.engine(folder, issue_id)),
        Missing(no_django) if no_django else stack.enter_context(clients.django(plain)),
        Missing(no_nodemailer) if no_nodemailer else stack.enter_context(clients.nodemailer(plain)),
    )


def near(field: Field, port: int, messages: int) -> tuple[list[Row], list[Goal]]:
    """Eight connections to a server close by; the slow send fewer messages a round."""
    to = {"port": port, "connections": CONNECTIONS}
    source = Row(f"smtp-source -d -s {CONNECTIONS}", field.source, messages, to)
    engines = {
        (key, batch): Row(
            f"this engine, batches of {batch}{said}", field.engine, messages, ours(to, batch, key)
        )
        for key, said in KEYS.items()
        for batch in BATCHES
    }
    few, some = share(messages, 25), share(messages, 5)
    django = Row("Django's send_messages", field.django, few, {**to, "connections": 1})
    threads = Row(f"Django in {CONNECTIONS} threads", field.django, few, to)
    pool = Row(f"nodemailer's pool of {CONNECTIONS}", field.nodemailer, some, to)
    plain = engines[None, BATCHES[0]]
    goals = [
        Goal(plain, source, 1.0),
        Goal(engines["ed25519", BATCHES[0]], source, 0.95),
        Goal(engines["rsa", BATCHES[0]], source, 0.5),
        Goal(plain, django, 12),
        Goal(plain, pool, 6),
    ]
    return [source, *engines.values(), django, threads, pool], goals


def distant(field: Field, port: int, messages: int) -> tuple[list[Row], list[Goal]]:
    """One connection each to a server behind the proxy; a message takes tens of milliseconds."""
    to = {"port": port, "connections": 1}
    many, few = share(messages, 50), share(messages, 200)
    pool = Row("nodemailer's pool of 1", field.nodemailer, few, to)
    engine = Row("this engine", field.engine, many, ours(to, BATCHES[0]))
    rows = [
        Row("smtp-source -d -s 1", field.source, few, to),
        engine,
        Row("Django's send_messages", field.django, few, to),
        pool,
    ]
    return rows, [Goal(engine, pool, 2.5)]


def ours(to: Order, batch: int, key: str | None = None) -> Order:
    """An order for the engine."""
    return {**to, "batch": batch, "key": key, "afresh": True}


def share(messages: int, divisor: int) -> int:
    """A part of a round's messages, for who would need too long for all."""
    return max(1, messages // divisor)


def reached(goals: list[Goal]) -> str:
    """A line a goal, where both were measured."""
    lines = []
    for row, reference, least in goals:
        if row.rates and reference.rates:
            found = ratio(row, reference)
            verdict = "reached" if found.median >= least else "NOT reached"
            told = f"{found.show('.2f')}, at least {least:g}: {verdict}"
            lines.append(f"- {row.name} / {reference.name}: {told}")
    return "\n".join(lines)


def main() -> None:
    """Measure in turn and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.send", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="a round, for the fast")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lacking = tools.postfix()
    if lacking:
        print(f"Sending: skipped, {lacking}")
        return
    print(f"## Sending\n\n{facts()}\n")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        field = assemble(folder, options.messages, stack)
        port = stack.enter_context(sink())
        rows, goals = near(field, port, options.messages)
        measure(rows, options.rounds)
        print(f"{options.rounds} rounds in turn; median (least to most)\n")
        print(f"{table(rows, rows[0])}\n\n{reached(goals)}\n")
        away = stack.enter_context(far(port, ROUND_TRIP))
        rows, goals = distant(field, away, options.messages)
        measure(rows, options.rounds)
        print(f"One connection, a round trip of {round_trip(away) * 1000:.1f} ms\n")
        print(f"{table(rows, rows[-1])}\n\n{reached(goals)}")


if __name__ == "__main__":
    main()
