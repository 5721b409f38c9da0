"""The queue in PostgreSQL: Procrastinate's tables, in a schema of their own beside ours."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from digest.jobs.job import Job
from digest.jobs.queue import QueueState

SCHEMA = "procrastinate"
# Seconds after which a worker that showed no life is taken for dead.
SILENCE = 15.0
# Its functions and triggers name its tables without the schema. Until the end of the transaction.
_FIND_SCHEMA = sa.text(
    "SELECT set_config('search_path', concat_ws(', ',"
    f" nullif(current_setting('search_path'), ''), '{SCHEMA}'), true)"
)

_COUNTS = sa.text(
    "SELECT queue_name, status::text, count(*) AS jobs FROM procrastinate.procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') AND task_name NOT LIKE 'revive-%' GROUP BY 1, 2 ORDER BY 1"
)
_ALIVE = sa.text(
    "SELECT count(*) FROM procrastinate.procrastinate_workers"
    " WHERE last_heartbeat > clock_timestamp() - :silence"
)
_NOW = sa.select(sa.func.clock_timestamp())


class ProcrastinateQueue:
    """Defers in the transaction that causes the job: if that is rolled back, there is none."""

    def __init__(self) -> None:
        """No connection of its own is opened."""
        self._app = App(connector=SyncPsycopgConnector())

    def defer(self, connection: sa.Connection, jobs: Iterable[Job], *, wait: int = 0) -> None:
        """Let jobs wait once this transaction is committed, `wait` seconds at least."""
        connection.execute(_FIND_SCHEMA)
        # By the database's clock: those of two machines may be apart.
        at = connection.execute(_NOW).scalar_one() + timedelta(seconds=wait) if wait else None
        for job in jobs:
            # The unique key is violated where it waits already, which would end the transaction.
            with suppress(AlreadyEnqueued), connection.begin_nested():
                self._app.configure_task(
                    job.kind.name,
                    queue=job.kind.queue.value,
                    priority=job.kind.priority,
                    lock=job.lock,
                    queueing_lock=job.waiting_lock,
                    schedule_at=at,
                    connection=connection.connection.driver_connection,
                ).defer(**job.arguments)

    def state(self, connection: sa.Connection) -> QueueState:
        """How the queue stands, but for the jobs of Procrastinate's own upkeep."""
        counts = connection.execute(_COUNTS).all()
        alive = connection.execute(_ALIVE, {"silence": timedelta(seconds=SILENCE)}).scalar_one()
        return QueueState(
            {row.queue_name: row.jobs for row in counts if row.status == "todo"},
            sum(row.jobs for row in counts if row.status == "doing"),
            alive,
        )


def worker_app(database_url: str, idle_seconds: float) -> App:
    """Procrastinate as a worker uses it, on connections of its own.

    PostgreSQL ends a transaction in which it says nothing for `idle_seconds`.
    """
    address = sa.make_url(database_url).set(drivername="postgresql")
    idle = f"-c idle_in_transaction_session_timeout={idle_seconds}s"
    options = " ".join(filter(None, (_option(address), f"-c search_path={SCHEMA}", idle)))
    conninfo = address.difference_update_query(["options"]).render_as_string(hide_password=False)
    return App(connector=PsycopgConnector(conninfo=conninfo, kwargs={"options": options}))


def _option(address: sa.URL) -> str:
    """What the address says of the server's settings."""
    options: Any = address.query.get("options", "")
    return options if isinstance(options, str) else " ".join(options)
