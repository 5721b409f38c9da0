"""`digest serve`: the site before uvicorn, and the scheduler beside it, in one process.

The main thread has uvicorn's loop; what is due is done in the scheduler's thread, which runs loops
of its own for feeds and mail. One signal stops both: no new request is taken, those under way are
answered, and a delivery under way ends after the message in hand.
"""

import contextlib
import socket
from collections.abc import Iterator
from time import monotonic

import uvicorn
from starlette.applications import Starlette

from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.pipeline import Pipeline
from digest.scheduler import Pulse, StopSign, heeding_signals, tell_of_stop, ticking
from digest.services.delivery.notices import notice_thread
from digest.services.site.click_counter import click_thread
from digest.web.connections import ConnectionLimits, Connections
from digest.web.site import Site

log = get_logger(__name__)

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already; port 0 is any that is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise DigestError(
            f"no address is known for the host {host}",
            remedy="set web.host to an address of this machine: 127.0.0.1, or 0.0.0.0 for all",
        ) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise DigestError(
            f"{host} port {port} cannot be listened on: {words_of(error)}",
            remedy="stop what holds it, or name another one: --port 8001 (0 takes any), --host",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """`http://127.0.0.1:8000/`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run_server(
    app: Starlette, pipeline: Pipeline, listeners: list[socket.socket], *, scheduler: bool
) -> int:
    """Serve until a signal comes; with `scheduler` also do what is due, every minute.

    The exit status: 0 by a signal, 1 where the database has the schema of another version by now.
    """
    with contextlib.ExitStack() as beside:
        sign = beside.enter_context(heeding_signals(pipeline))
        if sign.is_up():
            return sign.exit_status
        turning = Turning()
        pulse = Pulse(turning.is_turning)
        beside.enter_context(ticking(pipeline, sign, pulse=pulse, doing_due=scheduler))
        if not pipeline.project.config.settings.workers.enabled:
            beside.enter_context(notice_thread(pipeline.notice_sender))
        site: Site = app.state.site
        beside.enter_context(click_thread(site.clicks, site.counted_links))
        beside.callback(sign.put_up)
        log.info("server runs")
        settings = pipeline.project.config.settings
        connections = Connections(
            ConnectionLimits(),
            settings.web.trusted_proxies,
            on_end=app.state.metrics.observe_refused_connection,
        )
        config = _uvicorn_config(app, connections, settings.delivery.grace)
        Server(config, sign, turning).run(sockets=listeners)
        log.info("server stopped")
    return sign.exit_status


def _uvicorn_config(app: Starlette, connections: Connections, grace: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=connections.make_protocol,  # type: ignore[arg-type] # it is only called
        callback_notify=connections.end_overdue,
        timeout_notify=0,  # every second
        ws="none",
        lifespan="off",
        # The log, the proxies and the headers are layers of the app.
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=connections.limits.idle_seconds,
        timeout_graceful_shutdown=max(1, int(grace)),
    )


class Turning:
    """Whether the loop that answers requests turns; before it began it may take its time."""

    LONGEST = 30.0

    def __init__(self) -> None:
        self._turned_at: float | None = None

    def note(self) -> None:
        """It turned."""
        self._turned_at = monotonic()

    def is_turning(self) -> bool:
        """Whether it turned of late."""
        return self._turned_at is None or monotonic() - self._turned_at < self.LONGEST


class Server(uvicorn.Server):
    """uvicorn's server, but that it ends by our sign: one signal stops the scheduler as well."""

    def __init__(self, config: uvicorn.Config, sign: StopSign, turning: Turning) -> None:
        super().__init__(config)
        self._sign = sign
        self._turning = turning

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the handlers as they are."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to end."""
        self._turning.note()
        if self._sign.is_up():
            tell_of_stop(self._sign)
            self.should_exit = True
        return await super().on_tick(counter)
