"""`/health` of a process that serves no site: for containers and whoever else asks by HTTP."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from digest.error_words import words_of
from digest.errors import DigestError

# Who has not sent a request by then is cut off.
_SECONDS = 5.0


@contextmanager
def health_server(host: str, port: int, is_alive: Callable[[], bool]) -> Iterator[int]:
    """Answer GET /health with 200 where `is_alive`, else 503, while entered; yields the port.

    Port 0 is any that is free. It asks nothing of the database.
    """

    class Answer(BaseHTTPRequestHandler):
        timeout = _SECONDS
        server_version, sys_version = "newsletter-digest", ""

        def do_GET(self) -> None:
            status = HTTPStatus.NOT_FOUND
            if self.path == "/health":
                status = HTTPStatus.OK if is_alive() else HTTPStatus.SERVICE_UNAVAILABLE
            body = b"ok\n" if status is HTTPStatus.OK else b"failed\n"
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """No line for each: it is asked every few seconds."""

    try:
        server = _Server((host, port), Answer)
    except OSError as error:
        raise DigestError(
            f"{host} port {port} cannot be listened on: {words_of(error)}",
            remedy="stop what holds it, or name another one: --health-port 0 takes any",
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 16

    def server_bind(self) -> None:
        """Without the look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = map(str, self.server_address[:2])  # type: ignore[assignment]

    def handle_error(self, *_: object) -> None:
        """A client that goes away is none of our errors."""
