"""Which process this is, and which others are gone: by what the system says, without a clock."""

import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process on some machine; `born` tells it from a later one with the same number.

    `pid` counts within `space`: only who has the same one can look whether it runs.
    """

    host: str
    pid: int
    born: float
    space: str


def this_process() -> ProcessId:
    """The process that asks."""
    pid = os.getpid()
    return ProcessId(socket.gethostname(), pid, _born(pid) or 0.0, _space())


def is_gone(process: ProcessId) -> bool:
    """Whether it can be seen from here that a process has ended."""
    if process.space != _space():
        return False
    born = _born(process.pid)
    if born is None:
        return not _is_hidden(process.pid)
    return abs(born - process.born) >= 1


@cache
def _space() -> str:
    """Where process numbers can be compared: the boot, and the PID namespace in it.

    Two containers may have one host name, and each a process 1.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux: there it is one a machine
        return socket.gethostname()


def _is_hidden(pid: int) -> bool:
    """Whether a process lives that /proc does not show, being mounted so (hidepid, ProtectProc).

    What it claimed is not ours.
    """
    if not sys.platform.startswith("linux") or Path(f"/proc/{pid}").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _born(pid: int) -> float | None:
    """When a process began, None where it is gone or has ended.

    In ticks since the boot: in seconds of the day it would change with the machine's clock.
    """
    if not sys.platform.startswith("linux"):
        return _born_elsewhere(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else float(fields[19])


def _born_elsewhere(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None
