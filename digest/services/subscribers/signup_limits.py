"""Against misuse of the forms that mail an address: who asks too fast, too late, or too often.

The limits hold for all processes on one database. Networks, mailboxes and domains are counted under
a hash that needs our key, and forgotten when their time is over.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from itsdangerous import BadSignature, Signer

from digest.addresses import counted_mailbox
from digest.networks import Network
from digest.project import Project
from digest.rate_limits import RateLimits, Reservation
from digest.store import rate_limits

# A person needs longer to type an address, and does not come back to yesterday's page.
QUICKEST = timedelta(seconds=2)
STALEST = timedelta(days=1)
# However long somebody goes on asking: so many mails to one mailbox in 24 hours.
MAILS_A_DAY = 4
# To all mailboxes of one domain, which may be those of one person.
DOMAIN_MAILS = RateLimits(per_hour=30, per_day=100)
# Mail hosts of the public, where nobody has more than a few mailboxes.
_PUBLIC_HOSTS = """
    126.com 163.com aol.com comcast.net fastmail.com free.fr freenet.de gmail.com icloud.com
    laposte.net libero.it mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com orange.fr
    posteo.de proton.me qq.com t-online.de web.de yandex.com yandex.ru ymail.com zoho.com
""".split()  # noqa: SIM905 - a list would have a line for each
_PUBLIC_HOSTS_OF_MANY_COUNTRIES = frozenset(("gmx", "hotmail", "live", "outlook", "yahoo"))
# How many times as many may come from a /16 as from one of the 256 networks in it.
_WIDER = 5

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


class SignupLoad(NamedTuple):
    """How many signed up in the last hour, and how many may."""

    last_hour: int
    most: int

    @property
    def is_full(self) -> bool:
        """Whether everybody else is told to come back."""
        return self.last_hour >= self.most


@dataclass(frozen=True, slots=True)
class SignupLimits:
    """Counts what comes in, within the limits of the settings."""

    key: str
    per_network: int
    per_hour: int

    def admit(
        self, connection: sa.Connection, networks: Sequence[Network], email: str, now: datetime
    ) -> Reservation:
        """Leave for one sign-up: `count` is 1, or 0 until `next_at`.

        Where no network is known, the limit of all together holds alone. What one limit refuses
        counts for none. The domain is asked, and counted only where a mail goes out.
        """
        domain = rate_limits.reserve(connection, *self._domain(email), now, 0)
        if domain.next_at > now:
            return domain
        limits = [(PREFIX, RateLimits(per_hour=self.per_hour))]
        for network, factor in zip(networks, (1, _WIDER), strict=False):
            per_hour = self.per_network * factor
            limits.append((self._name("network", str(network)), RateLimits(per_hour=per_hour)))
        spent: list[tuple[str, RateLimits, Reservation]] = []
        for name, limit in limits:
            reservation = rate_limits.reserve(connection, name, limit, now, 1)
            if not reservation.count:
                for counted in spent:
                    rate_limits.give_back(connection, *counted, 1)
                break
            spent.append((name, limit, reservation))
        return reservation

    def may_mail(self, connection: sa.Connection, email: str, now: datetime) -> bool:
        """Whether an address may get one mail more because somebody typed it; it is counted."""
        mailbox = self._name("address", counted_mailbox(email)), RateLimits(per_day=MAILS_A_DAY)
        return all(
            rate_limits.reserve(connection, *counted, now, 1).count
            for counted in (mailbox, self._domain(email))
        )

    def load(self, connection: sa.Connection, now: datetime) -> SignupLoad:
        """How near the limit of all together is."""
        return SignupLoad(rate_limits.used(connection, PREFIX, 3600, now), self.per_hour)

    def _domain(self, email: str) -> tuple[str, RateLimits]:
        domain = counted_mailbox(email).rpartition("@")[2]
        name, _, _ = domain.partition(".")
        is_public = domain in _PUBLIC_HOSTS or name in _PUBLIC_HOSTS_OF_MANY_COUNTRIES
        return self._name("domain", domain), RateLimits() if is_public else DOMAIN_MAILS

    def _name(self, kind: str, value: str) -> str:
        hashed = hmac.digest(self.key.encode(), f"digest.{kind} {value}".encode(), "sha256")
        return f"{PREFIX} {kind} {hashed.hex()[:32]}"


def limits_of(project: Project) -> SignupLimits:
    """Those of a project's settings."""
    web = project.config.settings.web
    return SignupLimits(project.links.key, web.signups_per_network, web.signups_per_hour)
