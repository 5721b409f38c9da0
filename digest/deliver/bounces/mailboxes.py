"""Where messages that came back lie: a Maildir, an mbox, a single file, an IMAP folder.

An open box gives letters, one at a time; a letter is put away by `done`, which is called after
what it says was kept. Killed in between, it is read again.
"""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from digest.error_words import words_of
from digest.errors import DigestError, UsageError

# More than any report needs; what is over is not read.
LIMIT = 4_000_000


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """A message in a box, and what puts it away."""

    content: bytes = field(repr=False)
    done: Callable[[], None] = lambda: None


# Open while it is entered; what it gives can be read once.
Mailbox = AbstractContextManager[Iterator[ReturnedMail]]


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """An IMAP folder that nobody else reads, and how to get at it."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca_file: Path | None = None
    timeout: float = 60.0


@contextmanager
def open_box(path: Path) -> Iterator[Iterator[ReturnedMail]]:
    """The letters of a Maildir, an mbox, or a file with one message: told by what it is."""
    if (path / "new").is_dir():
        yield _maildir(path)
    elif path.is_dir() or not path.exists():
        problem = "is no Maildir: it has no new/" if path.is_dir() else "is not there"
        raise UsageError(f"{path} {problem}", remedy="name a Maildir, an mbox, a message, or -")
    elif _begins_with(path, b"From "):
        with _locked(path) as box:
            yield (ReturnedMail(box.get_bytes(key)[:LIMIT]) for key in box.iterkeys())
    else:
        yield iter([ReturnedMail(content)] if (content := _read(path)) else [])


def _maildir(folder: Path) -> Iterator[ReturnedMail]:
    """What is in new/, in the order of its arrival; what is done goes to cur/, as read."""
    for path in sorted((folder / "new").iterdir()):
        content = _read(path)
        if content is not None:
            yield ReturnedMail(content, partial(_to_cur, path))


def _read(path: Path) -> bytes | None:
    """The beginning of a file, None where somebody else has put it away."""
    try:
        with path.open("rb") as file:
            return file.read(LIMIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DigestError(f"{path} cannot be read: {words_of(error)}") from error


def _to_cur(path: Path) -> None:
    """Mark as seen, by the name (the rules of Maildir)."""
    name = path.name.partition(":")[0] + ":2,S"
    cur = path.parent.parent / "cur"
    try:
        cur.mkdir(exist_ok=True)
        path.rename(cur / name)
    except FileNotFoundError:
        pass  # another run was faster
    except OSError as error:
        raise DigestError(f"{path} cannot be moved to {cur}: {words_of(error)}") from error


def _begins_with(path: Path, start: bytes) -> bool:
    return (_read(path) or b"").startswith(start)


@contextmanager
def _locked(path: Path) -> Iterator["mailbox.mbox"]:
    """An mbox while nobody else writes to it. It stays as it is: what was read is known again."""
    try:
        box = mailbox.mbox(path, create=False)
        box.lock()
    except (mailbox.Error, OSError) as error:
        raise DigestError(
            f"{path} cannot be locked: {words_of(error)}",
            remedy="try again when nobody writes to it",
        ) from error
    try:
        yield box
    finally:
        box.unlock()
        box.close()


@contextmanager
def open_imap(account: ImapAccount) -> Iterator[Iterator[ReturnedMail]]:
    """What is unseen in the folder; what is done is marked as seen."""
    with _told(account):
        context = ssl.create_default_context(cafile=account.ca_file)
        server = imaplib.IMAP4_SSL(
            account.host, account.port, ssl_context=context, timeout=account.timeout
        )
    with server:
        with _told(account):
            server.login(account.username, account.password)
            _ask(server.select(_quoted(account.folder)))
            (unseen, *_) = _ask(server.uid("SEARCH", "UNSEEN"))
        yield _unseen(server, account, (unseen or b"").decode().split())


def _unseen(server: imaplib.IMAP4, account: ImapAccount, uids: list[str]) -> Iterator[ReturnedMail]:
    for uid in uids:
        with _told(account):
            answer = _ask(server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LIMIT}>)"))
        content = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if content is not None:  # else another run was faster
            yield ReturnedMail(content, partial(_mark_seen, server, account, uid))


def _mark_seen(server: imaplib.IMAP4, account: ImapAccount, uid: str) -> None:
    with _told(account):
        _ask(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))


def _ask(answer: tuple[str, list[Any]]) -> list[Any]:
    """The data of an answer; the library leaves it to us to look whether it is one."""
    status, data = answer
    if status != "OK":
        reason = b" ".join(part for part in data if isinstance(part, bytes))
        raise imaplib.IMAP4.error(reason.decode("utf-8", "replace") or status)
    return data


def _quoted(folder: str) -> str:
    """A name as RFC 3501's quoted string: the library does not do so itself."""
    return '"' + folder.replace("\\", r"\\").replace('"', r"\"") + '"'


@contextmanager
def _told(account: ImapAccount) -> Iterator[None]:
    """A fault of the server or of the way to it ends the command, told as such."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError) as error:
        raise DigestError(
            f"IMAP at {account.host}:{account.port}: {words_of(error)}",
            remedy="check the settings bounces.imap_*; the certificate must be valid",
        ) from error
