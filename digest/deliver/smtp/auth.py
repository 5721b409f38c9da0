"""Logging in, without I/O: which mechanism, and what is said (RFC 4954)."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass, field

# A command with its CRLF has at most 512 octets (RFC 5321, section 4.5.3.1.4).
_LONGEST_COMMAND = 510


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, with a password, with an OAuth 2 access token, or with either."""

    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def login_lines(offered: Collection[str], credentials: Credentials) -> list[bytes] | None:
    """What the client says, line by line, in the best mechanism offered; None if there is none.

    The first line is the AUTH command; each of the others answers one 334.
    """
    user, password = credentials.username.encode(), credentials.password.encode()
    if credentials.token and "XOAUTH2" in offered:
        bearer = b"user=%s\1auth=Bearer %s\1\1" % (user, credentials.token.encode())
        # A refused token comes as a 334 that takes an empty answer; then follows the 535.
        return [*_with_initial(b"XOAUTH2", bearer), b""]
    if not credentials.password:
        return None
    if "PLAIN" in offered:  # RFC 4616
        return _with_initial(b"PLAIN", b"\0%s\0%s" % (user, password))
    if "LOGIN" in offered:  # draft-murchison-sasl-login
        return [b"AUTH LOGIN", b64encode(user), b64encode(password)]
    return None


def _with_initial(mechanism: bytes, response: bytes) -> list[bytes]:
    """AUTH with its first response, which goes on a line of its own if too long (RFC 4954, 4)."""
    command, encoded = b"AUTH " + mechanism, b64encode(response)
    whole = command + b" " + encoded
    return [whole] if len(whole) <= _LONGEST_COMMAND else [command, encoded]
