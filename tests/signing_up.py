"""What tests of signing up share: a project with limits, a clock that is turned by hand, a form."""

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from digest.config import Config, load_config
from digest.model import Newsletter
from digest.new_project import create_project
from digest.project import Project
from digest.render.links import Links
from digest.services.subscribers.signup import SignupResult, SignupService
from digest.services.subscribers.signup_form import SignupFields
from digest.store.database import Database
from tests.builders import NOON

NETWORK = "203.0.113.0/24"
TOML = """
site_url = "https://news.example.org"

[[newsletters]]
id = "daily"
name = "Example Daily"
sender = "Example Daily <daily@example.org>"
postal_address = "1 Example Street"

[[newsletters]]
id = "weekly"
name = "Example Weekly"
sender = "weekly@example.org"
postal_address = "1 Example Street"
days = ["sun"]
alert_sources = 3
"""


def make_config(root: Path, **web: object) -> Config:
    """A project with two newsletters; `web` are settings of that table."""
    if not (root / "config").exists():
        create_project(root)
    table = "".join(f"{name} = {value}\n" for name, value in web.items())
    text = f"{TOML}\n[web]\n{table}"
    (root / "config" / "digest.toml").write_text(text, "utf-8")
    return load_config(root)


@dataclass
class HandClock:
    """A clock that stands still until it is turned."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Counter:
    """The sign-ups of a project, with somebody who types."""

    config: Config
    database: Database
    clock: HandClock = field(default_factory=HandClock)
    links: Links = field(default_factory=lambda: Links("https://news.example.org", "a key"))

    @property
    def signups(self) -> SignupService:
        return SignupService(Project(self.config, self.database, self.clock, self.links))

    def newsletter(self, wanted: str = "daily") -> Newsletter:
        found = self.config.newsletter(wanted)
        assert found is not None
        return found

    def typed(self, email: str = "ann@example.org", **more: Any) -> SignupFields:
        stamp = self.signups.stamps.make(self.clock() - timedelta(seconds=30))
        return dataclasses.replace(SignupFields(email=email, stamp=stamp), **more)

    def ask(
        self,
        email: str = "ann@example.org",
        *,
        newsletter: str = "daily",
        network: str | None = NETWORK,
        **more: Any,
    ) -> SignupResult:
        networks = (ip_network(network),) if network else ()
        return self.signups.ask(self.typed(email, **more), self.newsletter(newsletter), networks)

    def token(self, signup_id: int) -> str:
        return self.links.confirm(signup_id).rpartition("/")[2]
