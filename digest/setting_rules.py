"""What the values of settings must be: each rule gives the value or says what would be right.

Pure: what hangs on files is in digest.setting_files.
"""

import math
import re
import shlex
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from digest.addresses import is_own_address, is_own_sender
from digest.clock import is_zone
from digest.hosts import is_server, plain_name, read_host_entry
from digest.keywords import read_keyword
from digest.model import Weekday
from digest.text import has_controls, is_web_address

# With the tag, RFC 5321, section 4.5.3.1.1, allows 64: see digest.render.return_path.
LONGEST_BOUNCE_MAILBOX = 20
LEAST_KEY_BITS = 128
# Catch-ups, second attempts and late bounces look back for less.
DAYS_NEEDED = 30

_BOUNCE_MAILBOX = re.compile(
    rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{LONGEST_BOUNCE_MAILBOX - 1}}}@[A-Za-z0-9.-]+"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# As a Host header has it, without the port.
_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]")
# Of the characters of a key: what each kind would be drawn from.
_ALPHABETS = ((r"[0-9]", 10), (r"[a-f]", 6), (r"[g-z]", 20), (r"[A-Z]", 26), (r"[^0-9a-zA-Z]", 33))


def zone(name: str) -> str:
    """A zone of the IANA database."""
    if not is_zone(name):
        raise ValueError(f"{name!r} is not a zone such as Europe/Paris or UTC")
    return name


def site(url: str) -> str:
    """The address of a site, at whose root its pages are.

    They name each other from there, and so do links in mails that are out, robots.txt and what
    RFC 8058 has a mailbox post to: a path that a proxy strips or does not would be right for some.
    """
    parts = urlsplit(url) if is_web_address(url) else None
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an address such as https://news.example.org")
    if parts.path.strip("/"):
        raise ValueError(
            "must have no path: the site wants a name of its own, such as https://news.example.org"
        )
    return url.rstrip("/")


def site_or_none(url: str) -> str:
    """The same, or nothing."""
    return site(url) if url else url


def feed_address(url: str) -> str:
    """The address of a feed."""
    if not is_web_address(url):
        raise ValueError("must be an address such as https://news.example.org/feed.xml")
    return url


def watcher_address(url: str) -> str:
    """The address of whoever is told of each round, or none."""
    if url and not is_web_address(url):
        raise ValueError("must be an address such as https://hc.example.org/ping/UUID")
    return url


def api_address(url: str) -> str:
    """The address of an API, or none."""
    if url and not is_web_address(url):
        raise ValueError("must be an address such as http://localhost:8080/v1")
    return url


def picture_address(url: str) -> str:
    """The address of a folder of the web or of a server, or none."""
    if url and not (is_web_address(url) and not {"?", "#"} & set(url)):
        raise ValueError("must be an address such as https://pictures.example.org")
    return url.rstrip("/")


def bucket(name: str) -> str:
    """The name of a bucket, or none."""
    if name and not _BUCKET.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a bucket: small letters, digits, dots, hyphens")
    return name


def host_header(name: str) -> str:
    """A name that the site answers to."""
    if not _HOST.fullmatch(name):
        raise ValueError(f"{name!r} is not a name such as news.example.org, *.example.org or *")
    return name.lower()


def days_kept(days: int) -> int:
    """Days for which records are kept; what is younger than a month may be needed."""
    if 0 < days < DAYS_NEEDED:
        raise ValueError(f"{days} is fewer than {DAYS_NEEDED} days, and not 0, which is for ever")
    return days


def proxy(network: str) -> str:
    """An address or a network, or * for all."""
    try:
        return network if network == "*" else str(ip_network(network))
    except ValueError:
        raise ValueError(f"{network!r} is not an address or network such as 10.0.0.0/8") from None


def allowed_inside(entry: str) -> str:
    """An entry of the allowlist of hosts inside."""
    read_host_entry(entry)
    return entry


def server(name: str) -> str:
    """The name or address of a server."""
    if not is_server(name):
        raise ValueError(f"{name!r} is not a name such as mail.example.org, or an address")
    return name


def server_or_none(name: str) -> str:
    """The same, or empty."""
    return server(name) if name else name


def dns_name(name: str) -> str:
    """A name in DNS or a part of one, as a DKIM signature has it, or empty."""
    if name and plain_name(name) != name.lower():
        raise ValueError(f"{name!r} is not a name of DNS, such as example.org or mail2026")
    return name


def bounce_mailbox(address: str) -> str:
    """A mailbox to which a tag can be added, or empty."""
    if address and not (_BOUNCE_MAILBOX.fullmatch(address) and is_own_address(address)):
        raise ValueError(
            "must be an address such as bounces@example.org, in ASCII, without a plus sign and "
            f"with at most {LONGEST_BOUNCE_MAILBOX} characters before the @: a tag is added there"
        )
    return address


def mailbox(address: str) -> str:
    """An address without a name before it, or empty."""
    if address and not is_own_address(address):
        raise ValueError("must be an address such as leave@example.org")
    return address


def editor(address: str) -> str:
    """An address of somebody who is told, without a name before it."""
    if not is_own_address(address):
        raise ValueError("must be an address such as editor@example.org")
    return address


def sender(address: str) -> str:
    """An address, with a name before it or none."""
    if not is_own_sender(address):
        raise ValueError("must be an address such as Science Daily <news@example.org>")
    return address


def sender_or_none(address: str | None) -> str | None:
    """The same, or empty."""
    return sender(address) if address else address


def postal_address(text: str) -> str:
    """Where letters reach a publisher: laws against unwanted mail ask for it in each mail."""
    if not text.strip():
        raise ValueError("is missing: mail to subscribers must carry one")
    return text


def language(tag: str) -> str:
    """A tag of a language (BCP 47)."""
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError(f"{tag!r} is not a tag such as en or pt-BR")
    return tag


def some_days(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    """At least one day of the week."""
    if not days:
        raise ValueError("must name at least one day, such as mon")
    return days


def keyword(text: str) -> str:
    """One entry of a list of keywords."""
    return read_keyword(text).text


def colour(code: str) -> str:
    """A colour as CSS has it in six digits."""
    if not _COLOUR.fullmatch(code):
        raise ValueError(f"{code!r} is not six hexadecimal digits, such as #1f5fbf")
    return code


def contact(text: str) -> str:
    """An address of the web or of mail, or empty."""
    if text and not (is_web_address(text) or is_own_address(text)):
        raise ValueError(
            "must be an address such as https://news.example.org/about or news@example.org"
        )
    return text


def command(line: str) -> str:
    """A command with its arguments, quoted as a shell would have them."""
    try:
        shlex.split(line)
    except ValueError:
        raise ValueError("is no command: its quotation marks do not close") from None
    return line


def one_line(text: str) -> str:
    """Text without control characters: a log-in, a folder, a name."""
    if has_controls(text):
        raise ValueError("must be one line, without control characters")
    return text


def path(place: Path) -> Path:
    """The place of a file or folder."""
    if "\0" in str(place):
        raise ValueError("is no path: it has a NUL in it")
    return place


def name(text: str) -> str:
    """The same, and not empty: what people read."""
    if not text.strip() or has_controls(text):
        raise ValueError("must be one line of text")
    return text


def ascii_line(text: str) -> str:
    """The same in ASCII."""
    if not text.isascii():
        raise ValueError("takes ASCII alone: the protocol has no more")
    return one_line(text)


def secret_line(secret: SecretStr) -> SecretStr:
    """A password of one line."""
    one_line(secret.get_secret_value())
    return secret


def secret_ascii_line(secret: SecretStr) -> SecretStr:
    """The same in ASCII."""
    ascii_line(secret.get_secret_value())
    return secret


def secret_key(secret: SecretStr) -> SecretStr:
    """A key that nobody guesses, or none."""
    return strong_key(secret) if secret.get_secret_value() else secret


def strong_key(secret: SecretStr) -> SecretStr:
    """A key that nobody guesses."""
    if is_weak_key(secret.get_secret_value()):
        raise ValueError(
            f"a key of less than {LEAST_KEY_BITS} bits can be guessed; "
            "`openssl rand -hex 32` makes one of 256"
        )
    return secret


def is_weak_key(key: str) -> bool:
    """Whether a key, if it was drawn by chance, has less than 128 bits.

    Somebody who thought of the words of a long one cannot be found out; who typed one letter
    again and again can.
    """
    alphabet = sum(size for kind, size in _ALPHABETS if re.search(kind, key))
    return len(set(key)) < 8 or len(key) * math.log2(alphabet) < LEAST_KEY_BITS


def database_url(url: str) -> str:
    """The address of a SQLite file or of a PostgreSQL database."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        is_known = make_url(url).get_backend_name() in ("sqlite", "postgresql", "postgres")
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        is_known = False
    if not is_known:
        raise ValueError("must be sqlite:///var/digest.db or postgresql://user:password@host/name")
    return url


def aware(value: object) -> object:
    """ISO 8601; without an offset it is UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a time such as 2026-11-21T06:00:00Z") from None
    if isinstance(value, datetime):
        if not 2000 <= value.year < 2200:
            raise ValueError(f"{value.year} is no year to rehearse: take 2000 to 2199")
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def hours_of_day(hours: tuple[int, int]) -> tuple[int, int]:
    """Two hours of a day, the first before the second."""
    first, last = hours
    if not 0 <= first < last <= 24:
        raise ValueError("must be two hours from 0 to 24, such as [8, 22], the earlier one first")
    return hours
