"""How an SMTP server is reached: a value, made from the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is and how to talk to it; `security` is none, starttls or tls.

    `timeout` is in seconds, for each reply; `messages_per_connection` 0 is no limit.
    """

    host: str
    port: int
    security: str = "starttls"
    username: str = ""
    password: str = ""
    timeout: float = 30.0
    ca_file: Path | None = None
    connections: int = 4
    messages_per_connection: int = 0
