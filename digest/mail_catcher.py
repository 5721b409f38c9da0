"""A small SMTP server on loopback, for the demo and for rehearsals: what it is given, it keeps."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.atomic_files import make_private_folder
from digest.error_words import words_of
from digest.errors import DigestError


class EmlKeeper:
    """A handler of aiosmtpd that keeps each message as .eml, under its recipient's name."""

    def __init__(self, folder: Path) -> None:
        make_private_folder(folder)  # personal data
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message."""
        name = envelope.rcpt_tos[0].replace("/", "_")
        content = envelope.content
        assert isinstance(content, bytes)
        (self.folder / f"{name}.eml").write_bytes(content)
        return "250 2.0.0 kept"


@contextmanager
def catch(handler: object, *, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """Serve a handler of aiosmtpd on a free port of loopback, in a thread; the port.

    With `tls` it speaks TLS from the first byte; `options` are those of `aiosmtpd.smtp.SMTP`.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="catcher", daemon=True)

    async def listen() -> asyncio.Server:
        return await loop.create_server(
            lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0, ssl=tls
        )

    async def close(server: asyncio.Server) -> None:
        server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    thread.start()
    try:
        try:
            server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
        except OSError as error:
            raise DigestError(
                f"the mail catcher cannot listen on 127.0.0.1: {words_of(error)}",
                remedy="allow connections on the loopback interface",
            ) from error
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(close(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
