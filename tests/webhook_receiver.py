"""A program that takes webhooks: it verifies as Standard Webhooks says, and answers as it is told.

with webhook_receiver() as receiver:
    receiver.status = 500
"""

import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came, and how the next is answered; away, it hangs up without a word."""

    url: str = ""
    status: int = 200
    words: str = "thank you"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    is_away: bool = False
    refuses: Callable[[dict[str, Any]], bool] = lambda _event: False
    asked: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def verifies(self, secret: str, number: int = -1) -> bool:
        """Whether a request that came was signed with a secret."""
        headers, body = self.asked[number], self.bodies[number]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = b64decode(secret.removeprefix("whsec_"))
        expected = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
        return expected in headers["webhook-signature"].split(" ")

    def types(self) -> list[str]:
        """The types of what it took, in the order in which it came."""
        return [event["type"] for event in self.taken]


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """One that listens on this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = json.loads(body)
            with receiver.lock:
                receiver.asked.append({name.lower(): value for name, value in self.headers.items()})
                receiver.bodies.append(body)
                if receiver.is_away:
                    return
                refused = receiver.status >= 300 or receiver.refuses(event)
                if not refused:
                    receiver.taken.append({**event, "id": self.headers["webhook-id"]})
            time.sleep(receiver.seconds)
            words = receiver.words.encode()
            refusal = receiver.status if receiver.status >= 300 else 500
            self.send_response(refusal if refused else receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()
