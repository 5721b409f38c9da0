"""Asks DNS: what is not there is an empty answer, and no answer is an error."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from digest.error_words import words_of
from digest.errors import DigestError, UsageError

IPAddress = IPv4Address | IPv6Address


class NoAnswerError(DigestError):
    """DNS did not answer, so nothing is known of the name."""


class Dns:
    """Looks names up, at this machine's resolver or at the one that is named."""

    def __init__(self, server: str = "", timeout: float = 5.0) -> None:
        """`server` is an address, or ADDRESS:PORT ([ADDRESS]:PORT for IPv6); `timeout` seconds."""
        self._timeout = timeout
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration as error:
            raise NoAnswerError(
                "this machine has no DNS resolver", remedy="name one with --dns-server"
            ) from error
        if server:
            address, port = _server(server)
            self._resolver.nameservers = [address]
            self._resolver.port = port

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name, the parts of each joined."""
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")
            for record in self._look_up(name, "TXT")
        )

    def mail_servers(self, name: str) -> tuple[str, ...]:
        """The hosts of its MX records, the preferred first; "" is the null MX of RFC 7505."""
        records = sorted(self._look_up(name, "MX"), key=lambda record: int(record.preference))
        return tuple(str(record.exchange).rstrip(".") for record in records)

    def addresses(self, name: str) -> tuple[IPAddress, ...]:
        """Its addresses of both kinds."""
        records = (*self._look_up(name, "A"), *self._look_up(name, "AAAA"))
        return tuple(ipaddress.ip_address(record.address) for record in records)

    def names_of(self, address: IPAddress) -> tuple[str, ...]:
        """The names in the PTR records of an address."""
        name = dns.reversename.from_address(str(address)).to_text()
        return tuple(str(record.target).rstrip(".") for record in self._look_up(name, "PTR"))

    def _look_up(self, name: str, kind: str) -> tuple[Any, ...]:
        try:
            answer = self._resolver.resolve(
                dns.name.from_text(name), kind, lifetime=self._timeout, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.exception.DNSException as error:
            raise NoAnswerError(
                f"{name} could not be looked up: {words_of(error)}",
                remedy="try again where there is DNS",
            ) from error
        return tuple(answer.rrset or ())


def _server(text: str) -> tuple[str, int]:
    host, port = text, "53"
    if text.count(":") == 1 or text.startswith("["):
        host, _, port = text.rpartition(":") if not text.endswith("]") else (text, "", "53")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise UsageError(
            f"{text!r} is not the address of a DNS server",
            remedy="name it such as 9.9.9.9, 127.0.0.1:5353 or [2620:fe::fe]:53",
        )
    return str(address), number
