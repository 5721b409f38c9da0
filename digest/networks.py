"""Whose an address of the Internet is: as far as counting visitors asks."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

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


def networks_of(host: str | None) -> tuple[Network, ...]:
    """The networks that a visitor may have to themselves, the smallest first.

    /24 and /16 of IPv4; /48 of IPv6, which a provider gives a site. None where the address says
    nothing of whose it is.
    """
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return ()
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in inside for inside in _INSIDE):
        return ()
    prefixes = (24, 16) if address.version == 4 else (48,)
    return tuple(ip_network((address, prefix), strict=False) for prefix in prefixes)
