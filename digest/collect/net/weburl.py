"""The address of a feed, taken apart once, so that what is checked is what is asked; pure.

A host is read as browsers read it (WHATWG URL, section 3.5): 2130706433, 0x7f.1 and 127.1 are all
127.0.0.1. What could be read in two ways is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from digest.collect.net.fetched import Refused
from digest.hosts import plain_name

IPAddress = IPv4Address | IPv6Address

LONGEST = 4096
_PORTS = {"http": 80, "https": 443}
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_UNSAFE = re.compile("[\x00-\x20\x7f\\\\]")
# What a path or a query may hold as it is; a percent sign is taken to be encoded already.
_PLAIN = "%/:=&?~+!$,;'@()*[]|"


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An address on the web: `host` is ASCII without brackets, `target` the path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def address(self) -> IPAddress | None:
        """The host, if it is an address and not a name."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """Host and port as they stand in a Host header (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority: what a robots.txt speaks for."""
        return f"{self.scheme}://{self.authority}"

    def join(self, link: str) -> "WebUrl | Refused":
        """Where a link on this page or in this answer leads."""
        try:
            return parse_url(urljoin(str(self), link.strip()))
        except ValueError:
            return Refused(f"{link[:200]!r} is no address")

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def parse_url(text: str) -> WebUrl | Refused:
    """The address in `text`, or why it is none that may be asked."""
    text = text.strip()
    if len(text) > LONGEST:
        return Refused(f"{text[:100]}... is longer than {LONGEST} characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Refused(f"{text!r} is no address")
    if parts.scheme not in _PORTS:
        return Refused(f"{text!r} does not begin with http:// or https://")
    if "@" in parts.netloc:
        return Refused(f"the address at {parts.netloc.rpartition('@')[2]} has a user name in it")
    host = None if _UNSAFE.search(parts.netloc) else _host(parts.netloc, parts.hostname or "")
    if host is None:
        return Refused(f"{text!r} has no valid host")
    target = quote(parts.path or "/", safe=_PLAIN)
    if parts.query:
        target += "?" + quote(parts.query, safe=_PLAIN)
    return WebUrl(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, target)


def _host(netloc: str, host: str) -> str | None:
    """A host in its one plain form: an address, or a name without its last dot."""
    if netloc.startswith("["):
        address = _literal(host)
        return str(address) if isinstance(address, IPv6Address) and "%" not in host else None
    name = plain_name(host)
    if name is None:
        return None
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        number = _ipv4(name)
        return None if number is None else str(number)
    return name


def _literal(text: str) -> IPAddress | None:
    try:
        return IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        return None


def _ipv4(text: str) -> IPv4Address | None:
    """An IPv4 address as C's inet_aton reads it: one to four numbers, the last fills the rest."""
    parts = text.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *heads, last = [_number(part) for part in parts]
    except ValueError:
        return None
    bytes_left = 4 - len(heads)
    if any(head > 255 for head in heads) or last >= 256**bytes_left:
        return None
    return IPv4Address(int.from_bytes(bytes(heads), "big") * 256**bytes_left + last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)
