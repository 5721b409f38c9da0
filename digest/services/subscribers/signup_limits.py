"""Against misuse of the sign-up form: who asks too fast, too late, or too often.

The limits hold for all processes on one database. A network is counted under a hash that needs
our key, and forgotten when its hour is over.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import sqlalchemy as sa
from itsdangerous import BadSignature, Signer

from digest.rate_limits import RateLimits, Reservation
from digest.store import rate_limits

# A person needs longer to type an address, and does not come back to yesterday's page.
QUICKEST = timedelta(seconds=2)
STALEST = timedelta(days=1)
# However long somebody goes on asking: so many mails to one address in 24 hours.
MAILS_A_DAY = 4

# Begins the names under which the rates of sign-ups are counted, beside those of the backends.
PREFIX = "sign-up"
SPANS = (3600, 86_400)


@dataclass(frozen=True, slots=True)
class FormTimestamps:
    """Says when a form was made; it is signed, so nobody else can. The first key signs."""

    keys: Sequence[str]

    def make(self, now: datetime) -> str:
        """A stamp for a form that is shown now."""
        return self._signer().sign(str(int(now.timestamp()))).decode()

    def is_fresh(self, stamp: str, now: datetime) -> bool:
        """Whether a form was open for as long as a person takes."""
        try:
            made_at = datetime.fromtimestamp(int(self._signer().unsign(stamp)), UTC)
        except (BadSignature, ValueError, OverflowError):
            return False
        return QUICKEST <= now - made_at <= STALEST

    def _signer(self) -> Signer:
        bound = [hmac.digest(key.encode(), b"digest.form", "sha256") for key in self.keys]
        return Signer(bound[::-1], key_derivation="none", digest_method=hashlib.sha256)


@dataclass(frozen=True, slots=True)
class SignupLimits:
    """Counts what comes in, within the limits of the settings."""

    key: str
    per_network: int
    per_hour: int

    def admit(self, connection: sa.Connection, network: str | None, now: datetime) -> Reservation:
        """Leave for one sign-up: `count` is 1, or 0 until `next_at`.

        Where the network is not known, the limit of all together holds alone.
        """
        network_limits = RateLimits(per_hour=self.per_network if network else 0)
        name = self._name("network", network or "")
        reservation = rate_limits.reserve(connection, name, network_limits, now, 1)
        if not reservation.count:
            return reservation
        overall = rate_limits.reserve(
            connection, PREFIX, RateLimits(per_hour=self.per_hour), now, 1
        )
        if not overall.count:
            rate_limits.give_back(connection, name, network_limits, reservation, 1)
        return overall

    def may_mail(self, connection: sa.Connection, address_hash: str, now: datetime) -> bool:
        """Whether an address may get one mail more today because somebody typed it."""
        name = self._name("address", address_hash)
        return (
            rate_limits.reserve(connection, name, RateLimits(per_day=MAILS_A_DAY), now, 1).count
            == 1
        )

    def _name(self, kind: str, value: str) -> str:
        hashed = hmac.digest(self.key.encode(), f"digest.{kind} {value}".encode(), "sha256")
        return f"{PREFIX} {kind} {hashed.hex()[:32]}"


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


def network_of(host: str | None) -> str | None:
    """The network of a visitor: /24, or /56, of which a provider gives each household one.

    None where the address says nothing of whose it is.
    """
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in inside for inside in _INSIDE):
        return None
    return str(ip_network((address, 24 if address.version == 4 else 56), strict=False))
