"""Tells systemd how this process fares (sd_notify(3)); where nobody listens, nothing happens."""

import os
import socket
from collections.abc import Mapping


def notify(state: str, environment: Mapping[str, str] = os.environ) -> None:
    """Say `READY=1`, `WATCHDOG=1` or `STOPPING=1` to whom NOTIFY_SOCKET names."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # An @ stands for the NUL of a name that is in no folder.
    target = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_manager:
            to_manager.connect(target)
            to_manager.sendall(state.encode())
    except OSError:
        # It is gone, or does not take it: that must not end what we do. The watchdog judges.
        return
