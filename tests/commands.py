"""The commands of `digest`, started at once: each is forked from a process that has all modules.

A test that runs ten commands would else load the same thousand modules ten times, and make the same
parsers and statements. Every command is a process as `python -m digest` would be: with a folder, an
environment, streams, signals and an exit status of its own. Tests of how a process begins start one
themselves.

`start` is for the tests; `python -m tests.commands` runs the process that forks.
"""

import atexit
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

import structlog

from tests.paths import ROOT
from tests.statements import compile_once

_NUMBER = struct.Struct("!i")
_FDS = 4  # the link to the test, and the three streams
_ONE_BY_ONE = threading.Lock()


class Command:
    """A running command, with what the tests use of `subprocess.Popen`."""

    def __init__(self, link: socket.socket, pipes: Sequence[int]) -> None:
        """Take the link, on which the process's number comes and then its status, and the pipes."""
        self.returncode: int | None = None
        self.stdin: IO[str] = os.fdopen(pipes[0], "w", encoding="utf-8")
        self.outputs: list[IO[str]] = [os.fdopen(pipe, encoding="utf-8") for pipe in pipes[1:]]
        self._link = link
        self._output = [""] * len(self.outputs)
        self._threads: list[threading.Thread] = []
        self.pid = _receive(link)

    def readline(self) -> str:
        """The next line of its standard output."""
        return self.outputs[0].readline()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; its status, which is negative where a signal ended it."""
        if self.returncode is None:
            self._link.settimeout(timeout)
            try:
                self.returncode = _receive(self._link)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("digest", timeout or 0) from None
            except BaseException:
                self._link.close()
                raise
            self._link.close()
        return self.returncode

    def poll(self) -> int | None:
        """Its status, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def communicate(self, text: str = "", timeout: float | None = None) -> tuple[str, str]:
        """Give it a text and wait until it has ended; what it wrote to its two streams."""
        if not self._threads:
            for place in range(len(self.outputs)):
                self._threads.append(threading.Thread(target=self._read, args=(place,)))
                self._threads[-1].start()
            with suppress(BrokenPipeError), self.stdin:
                self.stdin.write(text)
        self.wait(timeout)
        for thread in self._threads:
            thread.join()
        return self._output[0], "".join(self._output[1:])

    def _read(self, place: int) -> None:
        with self.outputs[place] as output:
            self._output[place] = output.read()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def start(
    args: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    errors: IO[str] | None = None,
    server: socket.socket | None = None,
) -> Command:
    """Run `digest` in a folder and an environment; what it writes to stderr may go to a file.

    `server` is the process that forks it, where it is not the one that all tests share.
    """
    link, theirs = socket.socketpair()
    stdin, write_in = os.pipe()
    read_out, stdout = os.pipe()
    read_err, stderr = os.pipe() if errors is None else (-1, os.dup(errors.fileno()))
    link.sendall(json.dumps([args, str(folder), dict(env)]).encode() + b"\n")
    with theirs, _ONE_BY_ONE:
        socket.send_fds(server or _server(), [b"!"], [theirs.fileno(), stdin, stdout, stderr])
    for given in (stdin, stdout, stderr):
        os.close(given)
    return Command(link, [write_in, read_out] + ([read_err] if errors is None else []))


@cache
def _server() -> socket.socket:
    """The connection to the process that forks: one for all processes of a run of the tests.

    It ends with the last connection to it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    path = Path(tempfile.gettempdir()) / f"digest-commands-{run}.socket"
    connection = socket.socket(socket.AF_UNIX)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it is given back when the file is closed
        try:
            connection.connect(str(path))
        except OSError:  # the first to ask, or the server has ended
            _start_shared(path)
            connection.connect(str(path))
    atexit.register(connection.close)
    return connection


def _start_shared(path: Path) -> None:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        process = _start_process([sys.executable, "-m", "tests.commands"], listener)
    # It may outlive this process, and serve the others.
    atexit.register(process.poll)


def start_server(command: Sequence[str]) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """Run a command that calls `serve` with the descriptor that is added to it.

    It ends when the connection to it is closed.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        return ours, _start_process(command, theirs)


def _start_process(command: Sequence[str], given: socket.socket) -> "subprocess.Popen[bytes]":
    # One thread of OpenBLAS: a process with more of them is not to be forked.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, str(given.fileno())],
        cwd=ROOT,
        env=env,
        pass_fds=[given.fileno()],
        start_new_session=True,
    )


def _receive(link: socket.socket) -> int:
    """The next number on a link."""
    try:
        number = link.recv(_NUMBER.size)
    except ConnectionError:
        number = b""
    if len(number) < _NUMBER.size:
        raise RuntimeError("the process that starts the commands has ended")
    return int(_NUMBER.unpack(number)[0])


# In the process that forks.


@dataclass
class _Server:
    """The connections on which commands are asked for, and what runs for each.

    `links` are those of the commands that run, by their process numbers; `owners` say for which
    connection.
    """

    listener: socket.socket | None
    connections: list[socket.socket]
    links: dict[int, socket.socket] = field(default_factory=dict)
    owners: dict[int, socket.socket] = field(default_factory=dict)

    def run(self) -> None:
        """Answer until the last connection is closed."""
        signal.signal(signal.SIGCHLD, self._reap)
        listeners = [self.listener] if self.listener else []
        while self.connections or listeners:
            ready, _, _ = select.select([*listeners, *self.connections], [], [])
            # A child that ends at once is not to be reaped before it is on the list.
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
            for asked in ready:
                if asked is self.listener:
                    self.connections.append(asked.accept()[0])
                elif received := socket.recv_fds(asked, 1, _FDS)[1]:
                    self._begin(asked, *received)
                else:
                    self._leave(asked)
                    listeners = listeners if self.connections else []
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])

    def _begin(self, asked: socket.socket, link: int, *streams: int) -> None:
        number = os.fork()
        if not number:
            for other in [*self.connections, *self.links.values()]:
                other.close()
            if self.listener:
                self.listener.close()
            _become(socket.socket(fileno=link), streams)
        self.links[number], self.owners[number] = socket.socket(fileno=link), asked
        self.links[number].sendall(_NUMBER.pack(number))
        for stream in streams:
            os.close(stream)

    def _leave(self, asked: socket.socket) -> None:
        """End what still runs: where the process of the tests was killed, nobody else does."""
        self.connections.remove(asked)
        asked.close()
        for number, owner in self.owners.items():
            if owner is asked:
                self.links[number].close()  # nobody is left to be told its status
                os.kill(number, signal.SIGKILL)

    def _reap(self, *_: object) -> None:
        with suppress(ChildProcessError):
            while self.links and (ended := os.waitpid(-1, os.WNOHANG))[0]:
                del self.owners[ended[0]]
                with self.links.pop(ended[0]) as link, suppress(OSError):
                    link.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(ended[1])))


def serve(requests: socket.socket) -> None:
    """Start a command for each request on a connection, until that is closed.

    Each link is told when its command has ended. Of a socket that listens, all connections are
    served until the last of them is closed.
    """
    is_listening = requests.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if is_listening:
        _Server(requests, []).run()
        path = Path(requests.getsockname())
        for left in (path, path.with_suffix(".lock")):
            left.unlink(missing_ok=True)
    else:
        _Server(None, [requests]).run()


def load_all() -> None:
    """Import all of `digest`."""
    import digest

    for module in pkgutil.walk_packages(digest.__path__, "digest."):
        if ".migrations." not in module.name and module.name != "digest.__main__":
            importlib.import_module(module.name)
    _compile_templates()
    gc.collect()
    gc.freeze()  # what a collector does not touch, a fork need not copy


# What most tests run, in this order.
_USUAL = (
    ("init", "."),
    ("subscribers", "add", "ada@example.org"),
    ("sources", "list"),
    ("preview",),
    ("run", "--quiet"),
    ("status",),
    ("explain", "ada@example.org"),
    ("check",),
)


def rehearse() -> None:
    """Run the usual commands once, here: what they load and make at first is there for all."""
    from digest import log
    from digest.collect.feeds.language import language_of
    from digest.web.drawings import draw_icons
    from tests.builders import newsletter

    compile_once()
    draw_icons(newsletter().accent)
    language_of(
        "An earthquake struck the coast early on Friday, killing twelve people in a town.", "en"
    )
    before, folder = os.environ.copy(), Path.cwd()
    for name in [name for name in before if name.startswith("DIGEST_")]:
        del os.environ[name]
    os.environ["DIGEST_NOW"] = "2026-11-21T12:00:00Z"
    with (
        tempfile.TemporaryDirectory(prefix="digest-rehearsal-") as project,
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        os.chdir(project)
        for words in _USUAL:
            _run(words)
        os.chdir(folder)
    os.environ.clear()
    os.environ.update(before)
    sys.excepthook = sys.__excepthook__
    log._setup = log._Setup()
    structlog.reset_defaults()
    gc.collect()
    gc.freeze()


def _run(words: Sequence[str]) -> int:
    """The command of these words, in this process; its exit status."""
    sys.argv[1:] = words
    try:
        runpy.run_module("digest", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _compile_templates() -> None:
    """Those of the mails and the site, for the projects that have none of their own."""
    from digest.render.environment import environment_of
    from digest.web.date_filters import page_filters

    site = environment_of((), "en", autoescape=True, more_filters=page_filters)
    for name in site.list_templates(filter_func=lambda name: name.startswith("web/")):
        site.get_template(name)
    for markup in (True, False):
        environment = environment_of((), "en", autoescape=markup)
        for name in environment.list_templates(extensions=["j2"]):
            if name.endswith(".mjml.j2" if markup else ".txt.j2"):
                environment.get_template(name)


def _become(link: socket.socket, streams: Sequence[int]) -> NoReturn:
    """Be the command that stands on the link."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    with link, link.makefile() as lines:
        args, folder, env = json.loads(lines.readline())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = folder
    status = _run(args)
    # What the interpreter does at its end, but for freeing every object.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        load_all()
        rehearse()
        serve(connection)
