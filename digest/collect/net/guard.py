"""Nobody reaches inside: which addresses and ports a feed may lead to; pure.

Judged by the IANA registries of special-purpose addresses, as of 2026. An IPv6 form of an IPv4
address is judged by what it carries. What the operator has at home is let through by name,
address or network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from digest.collect.net.fetched import Refused
from digest.collect.net.weburl import IPAddress, WebUrl
from digest.hosts import IPNetwork, read_host_entry

_CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "168.63.129.16/32",  # Azure's host, which serves metadata on a public address
    )
)  # fmt: skip
# Of IPv6 only 2000::/3 is handed out to hosts, and of that not these.
_GLOBAL_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarks
        "2001:db8::/32", "2002::/16",  # 6to4 is not in use any more
        "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
# Where clouds keep their metadata: a name on the allowlist does not open these, an address does.
_LINK_LOCAL = (
    IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10"), IPv6Network("fd00:ec2::/32"),
    IPv4Network("100.100.100.200/32"), IPv4Network("192.0.0.192/32"),
    IPv4Network("168.63.129.16/32"),
)  # fmt: skip
# Nothing answers there for one: opened by no entry.
_NEVER = (
    IPv4Network("0.0.0.0/8"), IPv4Network("224.0.0.0/4"), IPv4Network("255.255.255.255/32"),
    IPv6Network("::/128"), IPv6Network("ff00::/8"),
)  # fmt: skip
# Above 1023, what the Fetch standard blocks (section 2.9, port blocking).
_BAD_PORTS = frozenset(
    (1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
     6669, 6679, 6697, 10080)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowed:
    """An entry of the allowlist: a name or a network, on one port or on any usual one."""

    name: str | None
    network: IPNetwork | None
    port: int | None = None

    def names(self, url: WebUrl) -> bool:
        """Whether this is the host of `url`, by its name."""
        return self.name == url.host and self._opens(url.port)

    def covers(self, address: IPAddress, port: int) -> bool:
        """Whether this is a network with `address` in it."""
        return self.network is not None and address in self.network and self._opens(port)

    def _opens(self, port: int) -> bool:
        return self.port == port if self.port is not None else is_usual(port)


@dataclass(frozen=True, slots=True)
class Checked:
    """Addresses of a host that may be connected to; `own` if the allowlist let them through."""

    addresses: tuple[IPAddress, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides where we may connect to; `allowed` is the operator's list."""

    allowed: tuple[Allowed, ...] = ()

    def check(self, url: WebUrl, addresses: Sequence[IPAddress]) -> Checked | Refused:
        """Judge what the host of `url` was resolved to, and its port.

        One closed address closes the host: a name that leads both outside and inside is a
        mistake or a trick, and no feed needs it.
        """
        carried = tuple(dict.fromkeys(_carried(address) for address in addresses))
        named = any(entry.names(url) for entry in self.allowed)
        listed = [
            not _within(address, _NEVER)
            and (
                any(entry.covers(address, url.port) for entry in self.allowed)
                or (named and not _within(address, _LINK_LOCAL))
            )
            for address in carried
        ]
        for address, is_listed in zip(carried, listed, strict=True):
            if not is_listed and not is_public(address):
                where = "is" if url.host == str(address) else f"leads to {address}, which is"
                return Refused(f"{url.host} {where} not on the open internet")
        own = bool(carried) and all(listed)
        if not own and not is_usual(url.port):
            return Refused(f"port {url.port} is not one for feeds")
        return Checked(tuple(dict.fromkeys(addresses)), own)


def is_usual(port: int) -> bool:
    """80, 443 and those above 1023, less what the Fetch standard blocks."""
    return port in (80, 443) or (1023 < port < 65536 and port not in _BAD_PORTS)


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the open internet's hosts."""
    address = _carried(address)
    if isinstance(address, IPv4Address):
        return not _within(address, _CLOSED_V4)
    return address in _GLOBAL_V6 and not _within(address, _CLOSED_V6) and not address.scope_id


def parse_allowed(text: str) -> Allowed:
    """An entry of the operator's list; ValueError with a sentence where it is none."""
    return Allowed(*read_host_entry(text))


def _carried(address: IPAddress) -> IPAddress:
    """The IPv4 address within a mapped (RFC 4291) or a NAT64 one (RFC 6052), else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _within(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    return any(address in network for network in networks)
