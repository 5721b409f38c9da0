"""The command that tries many days of a project in a minute."""

import signal
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from digest import log
from digest.cli.context import project_root
from digest.cli.json_output import say_json
from digest.cli.options import Json, ProjectFolder, number
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.config import load_config
from digest.simulation.report import Rehearsed
from digest.simulation.run import Plan
from digest.simulation.run import rehearse as rehearse_project


def rehearse(
    days: Annotated[
        int, typer.Option("--days", metavar="N", parser=number(1, 366), help="How many days.")
    ] = 30,
    subscribers: Annotated[
        int | None,
        typer.Option(
            "--subscribers",
            metavar="N",
            parser=number(1, 1_000_000),
            help="So many made-up ones over all zones and hours.",
            show_default="the project's own",
        ),
    ] = None,
    stories: Annotated[
        Path | None,
        typer.Option(
            "--stories",
            metavar="DIR",
            help="Story files to spread over the days.",
            show_default="made up",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="N", parser=number(0), help="Another one is another month."),
    ] = 1,
    kills: Annotated[
        int, typer.Option("--kills", metavar="N", parser=number(0, 1000), help="Runs to kill.")
    ] = 10,
    faults: Annotated[
        bool, typer.Option("--faults/--no-faults", help="Whether the mail server has bad days.")
    ] = True,
    folder: ProjectFolder = None,
    as_json: Json = False,
) -> None:
    """Rehearse a month in a minute: a copy of this project, a simulated clock, a bad mail server.

    Nothing of the project is changed, nobody is mailed, no feed is asked. Exit status 1 where a
    promise was broken: somebody twice off the record, nobody's fault, or nobody accounted for.
    """
    config = load_config(project_root(folder))
    # By whatever it is ended, the copy of the database does not stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.write_to(StringIO())  # of the trouble that is made here
    try:
        result = rehearse_project(config, Plan(days, subscribers, stories, seed, kills, faults))
    finally:
        log.write_to(None)
    if as_json:
        say_json(_json(result))
    else:
        _say(result)
    if result.broken:
        raise typer.Exit(1)


def _say(result: Rehearsed) -> None:
    rows: list[tuple[str, object]] = [
        ("days", result.days),
        ("issues", result.issues),
        ("mails taken by the server", f"{result.mails:,}"),
        *((f"deliveries {state}", f"{count:,}") for state, count in sorted(result.states.items())),
        ("ever in doubt", f"{result.doubts:,}"),
        ("mailed twice, on record", f"{result.doubles - result.off_record:,}"),
        ("mailed twice, off the record", f"{result.off_record:,}"),
        ("late: half of them at most", _minutes(result.late(0.5))),
        ("late: 95 %", _minutes(result.late(0.95))),
        ("late: 99 %", _minutes(result.late(0.99))),
        ("late: the last", _minutes(result.late(1))),
        ("runs killed", result.kills),
        *((name, f"{count:,}") for name, count in result.faults.items()),
        ("rounds", f"{result.rounds:,}"),
        ("peak memory", f"{result.peak_memory / 1e6:,.0f} MB"),
        ("took", f"{result.seconds:,.0f} s"),
    ]
    say_table(["What", "Figure"], rows)
    say()
    for sentence in result.accounts:
        say(sentence)
    say()
    for broken in result.broken:
        say(f"Broken: {broken}")
    if not result.broken:
        say("Every promise held: everybody is accounted for, and nobody was mailed off the record.")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.0f} min"


def _json(result: Rehearsed) -> dict[str, Any]:
    return {
        "days": result.days,
        "issues": result.issues,
        "mails": result.mails,
        "deliveries": dict(result.states),
        "in_doubt": result.doubts,
        "doubles": result.doubles,
        "off_record": result.off_record,
        "late_seconds": {
            f"p{share * 100:.0f}": result.late(share) for share in (0.5, 0.95, 0.99, 1)
        },
        "kills": result.kills,
        "faults": result.faults,
        "rounds": result.rounds,
        "peak_memory": result.peak_memory,
        "seconds": round(result.seconds, 1),
        "accounts": result.accounts,
        "broken": result.broken,
    }
