"""Whose an address of the Internet is: as far as counting visitors asks."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Addresses inside: behind a proxy that we were not told of, every visitor has the same one.
_INSIDE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
# Of each version, as numbers: an address is looked at with each visit that is counted.
_MASKS = {
    version: [
        (int(network.netmask), int(network.network_address))
        for network in _INSIDE
        if network.version == version
    ]
    for version in (4, 6)
}


def networks_of(host: str | None) -> tuple[Network, ...]:
    """The networks that a visitor may have to themselves, the smallest first.

    /24 and /16 of IPv4; /48 of IPv6, which a provider gives a site. None where the address says
    nothing of whose it is.
    """
    address = _outside(host)
    prefixes = (24, 16) if isinstance(address, IPv4Address) else (48,)
    return tuple(_network(address, prefix) for prefix in prefixes) if address else ()


def network_of(host: str | None) -> Network | None:
    """The smallest of them."""
    address = _outside(host)
    if address is None:
        return None
    return _network(address, 24 if isinstance(address, IPv4Address) else 48)


def _outside(host: str | None) -> Address | None:
    """The address, where it is one of the Internet."""
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    number = int(address)
    is_inside = any(number & mask == inside for mask, inside in _MASKS[address.version])
    return None if is_inside else address


def _network(address: Address, prefix: int) -> Network:
    kind = IPv4Network if isinstance(address, IPv4Address) else IPv6Network
    return kind((int(address), prefix), strict=False)
