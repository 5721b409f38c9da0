"""How a host is named: by a name or an address, alone or as an entry of an allowlist; pure."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

IPNetwork = IPv4Network | IPv6Network

_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)


class HostEntry(NamedTuple):
    """An entry of an allowlist, taken apart: a name or a network, and a port if it has one."""

    name: str | None
    network: IPNetwork | None
    port: int | None


def plain_name(text: str) -> str | None:
    """A host's name in lower-case ASCII (UTS 46, IDNA 2008), or None."""
    name = text.lower()
    if not name.isascii():
        import idna

        if len(name) > 253:
            return None
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except UnicodeError:
            return None
    name = name.removesuffix(".")
    return name if _NAME.fullmatch(name) else None


def is_server(text: str) -> bool:
    """Whether a text names one host: a name or an address, without a port."""
    try:
        ip_address(text)
    except ValueError:
        return plain_name(text) is not None
    return True


def read_host_entry(text: str) -> HostEntry:
    """An entry such as home.lan, home.lan:8080, 192.168.0.0/16, [fd00::1]:8080 or ::1.

    Raises ValueError with a sentence that says what is wrong with it.
    """
    host, port = _split_port(text.strip())
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        network = ip_network(bare, strict=False)
    except ValueError:
        name = plain_name(host)
        if name is None:
            raise ValueError(f"{text!r} is no name, address or network") from None
        return HostEntry(name, None, port)
    return HostEntry(None, network, port)


def _split_port(text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    # Two colons without brackets are an IPv6 address without a port.
    if not colon or (":" in host and not host.endswith("]")) or port.endswith("]"):
        return text, None
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(f"{port!r} in {text!r} is no port")
    return host, int(port)
