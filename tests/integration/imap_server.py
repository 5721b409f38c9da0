"""A small IMAP server (RFC 3501) over TLS with one folder: as much of it as a mail client asks.

It holds messages by UID with their flags, and says no where a test tells it to.
"""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

USER, PASSWORD = "bounces", 'a "secret"'


@dataclass
class Mailbox:
    """The folder: message by UID, and the UIDs that were seen."""

    messages: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    folder: str = "Bounces"
    refuse: str = ""
    commands: list[str] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        uid = max(self.messages, default=100) + 1
        self.messages[uid] = content
        return uid


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, rest = line.decode().strip().partition(" ")
            name = rest.upper().removeprefix("UID ").partition(" ")[0]
            self.server.mailbox.commands.append(rest)
            if name == self.server.mailbox.refuse:
                self._say(f"{tag} NO refused by the test")
                continue
            answer = getattr(self, f"_{name.lower()}", self._unknown)(rest)
            self._say(f"{tag} {answer}")
            if name == "LOGOUT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _unknown(self, _rest: str) -> str:
        return "BAD unknown command"

    def _capability(self, _rest: str) -> str:
        self._say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def _login(self, rest: str) -> str:
        words = re.fullmatch(r'LOGIN (\S+) "(.*)"', rest)
        assert words is not None
        good = (words[1], words[2].replace('\\"', '"')) == (USER, PASSWORD)
        return "OK welcome" if good else "NO [AUTHENTICATIONFAILED] wrong password"

    def _select(self, rest: str) -> str:
        if rest != f'SELECT "{self.server.mailbox.folder}"':
            return "NO no such folder"
        self._say(f"* {len(self.server.mailbox.messages)} EXISTS")
        return "OK [READ-WRITE] selected"

    def _search(self, _rest: str) -> str:
        box = self.server.mailbox
        uids = " ".join(str(uid) for uid in sorted(box.messages) if uid not in box.seen)
        self._say(f"* SEARCH {uids}".rstrip())
        return "OK done"

    def _fetch(self, rest: str) -> str:
        words = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest)
        assert words is not None
        content = self.server.mailbox.messages.get(int(words[1]))
        if content is not None:
            part = content[: int(words[2])]
            self._say(f"* 1 FETCH (UID {words[1]} BODY[]<0> {{{len(part)}}}")
            self.wfile.write(part + b")\r\n")
        return "OK done"

    def _store(self, rest: str) -> str:
        words = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", rest)
        assert words is not None
        self.server.mailbox.seen.add(int(words[1]))
        return "OK done"

    def _logout(self, _rest: str) -> str:
        self._say("* BYE")
        return "OK bye"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    mailbox: Mailbox

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mailbox = mailbox
        self.context = context

    def finish_request(self, request, client_address):
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:
            pass  # a client that does not trust us hangs up


@contextmanager
def serve_imap(mailbox: Mailbox, ca_file: Path) -> Iterator[int]:
    """The port of a running server; the certificate of its authority is written to ca_file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with _Server(mailbox, context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
