"""A server on loopback that plays an API of the OpenAI form, well and badly."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def completion(content: object) -> bytes:
    """What a model answers, in the API's form."""
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


class Api(ThreadingHTTPServer):
    """Answers every request with `status` and `body`, after `delay` seconds; keeps what it got."""

    daemon_threads = True

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body, self.delay = 200, body, 0.0
        self.asked = 0
        self.path, self.authorization = "", ""
        self.sent: dict[str, Any] = {}
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The API's base."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        api = self.server
        api.asked += 1
        api.path, api.authorization = self.path, self.headers["Authorization"] or ""
        api.sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        api.released.wait(api.delay)
        self.send_response(api.status)
        self.send_header("Content-Length", str(len(api.body)))
        self.end_headers()
        self.wfile.write(api.body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def chat_api(bullets: list[Any]) -> Iterator[Api]:
    """The server, which answers with these bullets until it is told otherwise."""
    with Api(completion(json.dumps({"bullets": bullets}))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
