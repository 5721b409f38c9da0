"""A server that takes pictures as a bucket of S3's form does: what is signed with its keys."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from digest.pictures.bucket import Bucket

# The keys of Amazon's own examples: "Authenticating Requests: Using the Authorization Header".
EXAMPLE = Bucket(
    "https://examplebucket.s3.amazonaws.com",
    "examplebucket",
    "us-east-1",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
)
# What it has: bytes, Content-Type and Cache-Control, by path.
Kept = dict[str, tuple[bytes, str, str]]


class _Server(http.server.BaseHTTPRequestHandler):
    kept: Kept

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = self.headers["Authorization"]
        signed = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        sent = {name: self.headers[name] for name in signed}
        host = f"http://{self.headers['Host']}"
        is_true = said == EXAMPLE.signature("PUT", host + self.path, sent)
        is_whole = sent["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
        if is_true and is_whole:
            self.kept[self.path] = body, self.headers["Content-Type"], self.headers["Cache-Control"]
        answer = b"" if is_true else b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        self.send_response(200 if is_true and is_whole else 403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def bucket_server() -> Iterator[tuple[str, Kept]]:
    """Its address, and what it has."""
    kept: Kept = {}
    handler = type("Handler", (_Server,), {"kept": kept})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", kept
        running.shutdown()
