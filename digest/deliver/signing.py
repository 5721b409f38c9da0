"""A process that makes RSA signatures, so that a second core has its part of them (decision 20).

    we ──> it   the key as DER, behind its length in 4 bytes; then SHA-256s, 32 bytes each
    it ──> we   one byte when it begins; then the signatures, in the order of the digests

It ends when our end of the socket is closed, so it outlives nobody, however they die.
"""

import contextlib
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from digest.deliver.dkim import raw_signature

_DIGEST = 32
_BEGUN = b"\n"
# Seconds for one signature, which takes a quarter of a millisecond.
_PATIENCE = 10.0


class SigningProcess:
    """Signs digests elsewhere. What fails is an OSError, and the end of it."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self._size = key.key_size // 8
        self._begun = False
        self._socket, theirs = socket.socketpair()
        with theirs:
            # -P: what lies in the working directory must not stand in for a module.
            command = [sys.executable, "-P", "-m", "digest.deliver.signing"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno())  # noqa: S603 - us
        self._socket.settimeout(_PATIENCE)
        self._sign_of_life = select.poll()
        self._sign_of_life.register(self._socket, select.POLLIN)
        self._replies = self._socket.makefile("rb")
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        self._socket.sendall(len(der).to_bytes(4) + der)

    @property
    def pid(self) -> int:
        """The number of the process."""
        pid: int = self._process.pid
        return pid

    def has_begun(self) -> bool:
        """Whether it can be asked; does not wait."""
        if not self._begun and self._sign_of_life.poll(0):
            self._begun = self._read(len(_BEGUN)) == _BEGUN
        return self._begun

    def ask(self, digests: Iterable[bytes]) -> None:
        """Have digests signed; more than a few hundred at once would fill the socket."""
        self._socket.sendall(b"".join(digests))

    def answer(self) -> bytes:
        """The next signature; waits for it."""
        return self._read(self._size)

    def _read(self, size: int) -> bytes:
        data = self._replies.read(size)
        if len(data) < size:
            raise ConnectionResetError("the signing process has ended")
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._replies.close()
        self._socket.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Be that process; the socket is the standard input."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They are meant for the run, which ends in good order and needs signatures until then.
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=sys.stdin.fileno()) as link, contextlib.suppress(ConnectionError):
        _serve(link)


def _serve(link: socket.socket) -> None:
    """Until the other end is closed; ConnectionError where it did not wait for the last answers."""
    with link.makefile("rb") as requests:
        key = load_der_private_key(requests.read(int.from_bytes(requests.read(4))), password=None)
        assert isinstance(key, RSAPrivateKey)
        link.sendall(_BEGUN)
        while len(digest := requests.read(_DIGEST)) == _DIGEST:
            link.sendall(raw_signature(key, digest))


if __name__ == "__main__":
    main()
