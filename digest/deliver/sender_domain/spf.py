"""SPF (RFC 7208): who may send in the name of a domain.

The record is read with all that it includes, as a receiver would, and can then be asked of any
address. What depends on the message itself (macros, `exists`, `ptr`) cannot be told here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from digest.deliver.sender_domain.lookup import Dns, IPAddress

# Of a record with all that it includes (section 4.6.4): terms that ask DNS, and those of them
# that find nothing; addresses of one `mx`.
MOST_LOOKUPS = 10
MOST_VOID_LOOKUPS = 2
_MOST_MAIL_SERVERS = 10

_TERM = re.compile(
    r"(?P<qualifier>[-+~?]?)(?P<name>[a-z]+)(?::(?P<value>[^/\s]+))?"
    r"(?:/(?P<four>\d{1,2}))?(?://(?P<six>\d{1,3}))?",
    re.ASCII | re.IGNORECASE,
)
_NETWORK_TERM = re.compile(
    r"(?P<qualifier>[-+~?]?)ip[46]:(?P<network>\S+)", re.ASCII | re.IGNORECASE
)


class SpfResult(StrEnum):
    """What a receiver makes of an address (section 2.6), as far as it can be told from here."""

    PASS = "pass"  # noqa: S105 - its name in the RFC
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"


_RESULTS = {
    "+": SpfResult.PASS,
    "-": SpfResult.FAIL,
    "~": SpfResult.SOFTFAIL,
    "?": SpfResult.NEUTRAL,
}


class SpfError(Exception):
    """The record is void for a receiver (`permerror`); the text says why."""


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One mechanism: whom it means, and what it says of them."""

    result: SpfResult
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    included: "SpfRecord | None" = None
    is_all: bool = False
    is_known: bool = True

    def says(self, address: IPAddress) -> SpfResult | None:
        """What it says of an address, None where it means others."""
        if not self.is_known:
            return SpfResult.UNKNOWN
        if self.included is not None:
            inner = self.included.result_of(address)
            if inner is SpfResult.UNKNOWN:
                return inner
            return self.result if inner is SpfResult.PASS else None
        meant = self.is_all or any(address in network for network in self.networks)
        return self.result if meant else None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The record of a domain with all that it includes."""

    text: str
    terms: tuple[SpfTerm, ...]
    redirected: "SpfRecord | None"

    def result_of(self, address: IPAddress) -> SpfResult:
        """What a receiver makes of mail that comes from an address."""
        for term in self.terms:
            result = term.says(address)
            if result is not None:
                return result
        return self.redirected.result_of(address) if self.redirected else SpfResult.NEUTRAL

    @property
    def lets_all_in(self) -> bool:
        """Whether everybody passes."""
        return any(term.is_all and term.result is SpfResult.PASS for term in self.terms)

    def with_host(self, host: str) -> str:
        """The text of the record, so that the addresses of a host pass too."""
        version, *rest = self.text.split()
        return " ".join((version, f"a:{host}", *rest))


def read_spf(dns: Dns, domain: str) -> SpfRecord | None:
    """The record of a domain; None where it has none. Raises SpfError and NoAnswerError."""
    return _SpfTree(dns).read(domain)


class _SpfTree:
    """Reads a record and those that it names, and counts what it asks of DNS for them."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._lookups = 0
        self._void = 0

    def read(self, domain: str) -> SpfRecord | None:
        records = [t for t in self._dns.texts(domain) if f"{t} ".lower().startswith("v=spf1 ")]
        if not records:
            return None
        if len(records) > 1:
            raise SpfError(f"{domain} has {len(records)} SPF records, and may have one")
        terms, redirected = [], None
        for text in records[0].split()[1:]:
            if text.lower().startswith("redirect=") and "%" not in text:
                redirected = self._other(text.partition("=")[2])
            elif "=" not in text.partition(":")[0]:  # exp= and what nobody knows is no mechanism
                terms.append(self._term(text, domain))
        if any(term.is_all for term in terms):
            redirected = None
        return SpfRecord(records[0], tuple(terms), redirected)

    def _term(self, text: str, domain: str) -> SpfTerm:
        network = _NETWORK_TERM.fullmatch(text)
        if network:
            try:
                networks = (ip_network(network["network"], strict=False),)
            except ValueError:
                raise SpfError(f"{text!r} names no network") from None
            return SpfTerm(_RESULTS[network["qualifier"] or "+"], networks)
        term = _TERM.fullmatch(text)
        name = term["name"].lower() if term else ""
        if term is None or name not in ("all", "include", "a", "mx", "ptr", "exists"):
            raise SpfError(f"{text!r} is no mechanism of SPF")
        result, value = _RESULTS[term["qualifier"] or "+"], term["value"] or ""
        if name == "all":
            return SpfTerm(result, is_all=True)
        if name in ("ptr", "exists") or "%" in value:
            self._count()
            return SpfTerm(result, is_known=False)
        if name == "include":
            return SpfTerm(result, included=self._other(value))
        hosts = self._hosts(name, value or domain)
        lengths = {4: int(term["four"] or 32), 6: int(term["six"] or 128)}
        addresses = [address for host in hosts for address in self._dns.addresses(host)]
        self._note_void(not addresses)
        try:
            return SpfTerm(
                result,
                tuple(ip_network((a, lengths[a.version]), strict=False) for a in addresses),
            )
        except ValueError:
            raise SpfError(f"{text!r} names no network") from None

    def _hosts(self, name: str, domain: str) -> Iterator[str]:
        self._count()
        if name == "a":
            yield domain
            return
        servers = self._dns.mail_servers(domain)
        if len(servers) > _MOST_MAIL_SERVERS:
            raise SpfError(f"{domain} has more than {_MOST_MAIL_SERVERS} MX records")
        yield from servers

    def _other(self, domain: str) -> SpfRecord:
        """The record of another domain, which must be there."""
        self._count()
        record = self.read(domain)
        if record is None:
            raise SpfError(f"{domain}, which it names, has no SPF record")
        return record

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            raise SpfError(f"it takes more than {MOST_LOOKUPS} look-ups to read it")

    def _note_void(self, is_void: bool) -> None:
        self._void += is_void
        if self._void > MOST_VOID_LOOKUPS:
            raise SpfError(f"more than {MOST_VOID_LOOKUPS} of the names in it are not in DNS")
