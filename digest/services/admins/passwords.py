"""Passwords: which are taken, and how they are kept (argon2id, RFC 9106).

Each check takes 64 MiB and some 50 ms, so no more than two are made at a time, whoever asks.
"""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1_000

_hasher = PasswordHasher()  # the library's choice: RFC 9106, section 4, second option
_turn = threading.BoundedSemaphore(2)


def password_fault(password: str, *, email: str, name: str) -> str:
    """What keeps a password from being taken, in words; empty where nothing does."""
    folded = password.casefold()
    own_words = [word for word in (name, email, email.partition("@")[0]) if len(word) > 3]
    if len(password) < SHORTEST:
        return f"It has {len(password)} characters; at least {SHORTEST} are asked for."
    if len(password) > LONGEST:
        return f"At most {LONGEST:,} characters are taken."
    if len(set(folded)) < 5:
        return "It repeats too few characters."
    if any(word.casefold() in folded for word in own_words):
        return "It has your name or address in it."
    return ""


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _turn:
        return _hasher.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Whether this is the password; without a hash never, but it takes as long to say so."""
    if len(password) > LONGEST:
        return False
    with _turn:
        try:
            _hasher.verify(password_hash or _nobodys_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with parameters that are too weak today."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this one")
