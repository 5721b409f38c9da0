"""How an SMTP server is reached, and how much it may be given: a value, made from the settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from digest.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is and how to talk to it; `security` is none, starttls or tls.

    `timeout` is in seconds, for each reply. `weight` is its part of the messages where there are
    several servers. `ask_token` gives an access token for XOAUTH2, or raises TokenError.
    """

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    ca_file: Path | None = None
    name: str = "smtp"
    weight: int = 1
    limits: RateLimits = field(default_factory=RateLimits)
    ask_token: Callable[[], str] | None = None
