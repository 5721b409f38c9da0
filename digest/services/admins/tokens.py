"""Random tokens that open something: whoever has one holds it, the database a hash of it."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Of 256 bits, for a link or a cookie."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(key: str, secret: str) -> str:
    """What the forms of one browser carry: no other site knows it, nor the cookie it is made of."""
    return hmac.digest(key.encode(), f"digest.admin.form {secret}".encode(), "sha256").hex()


def is_form_token(key: str, secret: str, token: str) -> bool:
    """Whether a form carries the token of this browser."""
    return hmac.compare_digest(form_token(key, secret).encode(), token.encode("utf-8", "replace"))
