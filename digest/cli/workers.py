"""Commands for the runs that send: list, release."""

from typing import Annotated, Any

import typer

from digest.cli.context import project_of
from digest.cli.json_output import say_json
from digest.cli.local_times import Tell, project_clock
from digest.cli.options import Json, ProjectFolder
from digest.cli.output import say
from digest.cli.tables import say_table
from digest.errors import DigestError
from digest.services.delivery.dead_workers import release_worker
from digest.store import workers
from digest.store.workers import WorkerReport
from digest.text import plural

# So much of an id tells it from all others.
_ID_SHOWN = 8


def list_(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """List the runs that send: which of them live, what each has claimed, and since when."""
    with project_of(folder) as project:
        with project.database.read() as connection:
            runs = workers.everyone(connection)
        tell = project_clock(project)
    if as_json:
        say_json({"workers": [_worker_json(worker) for worker in runs]})
    elif not runs:
        say("Nobody sends now.")
    else:
        say_table(
            ["Id", "Process", "", "Sends", "Since", "Last seen", "Claimed", "Out", "Connections"],
            [_row(worker, tell) for worker in runs],
        )


def release(
    worker: Annotated[
        str, typer.Argument(metavar="ID", help="Its id, or how that begins.", show_default=False)
    ],
    folder: ProjectFolder = None,
) -> None:
    """End a run by hand: what it may have on the wire is in doubt, and the rest waits again.

    If it lives, it notices, and goes on with what nobody has.
    """
    with project_of(folder) as project:
        doubted = release_worker(project.database, worker, project.clock())
    if doubted is None:
        raise DigestError(f"no worker has the id {worker}", remedy="see `digest workers`")
    say(f"Released; {plural(doubted, 'message')} {'is' if doubted == 1 else 'are'} in doubt.")


def _row(worker: WorkerReport, tell: Tell) -> list[object]:
    return [
        worker.id[:_ID_SHOWN],
        f"{worker.pid} on {worker.host}",
        "alive" if worker.is_alive else "dead",
        worker.issue or "notices",
        tell(worker.began_at) if worker.began_at else "",
        tell(worker.heartbeat_at),
        worker.claimed,
        worker.handed_out,
        ", ".join(f"{backend} {held}" for backend, held in worker.connections.items()),
    ]


def _worker_json(worker: WorkerReport) -> dict[str, Any]:
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "alive": worker.is_alive,
        "issue": worker.issue,
        "began_at": worker.began_at,
        "heartbeat_at": worker.heartbeat_at,
        "claimed": worker.claimed,
        "handed_out": worker.handed_out,
        "connections": dict(worker.connections),
    }
