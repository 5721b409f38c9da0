"""Random tokens that open something: whoever has one holds it, the database a hash of it."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer


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


def sealed(key: str, purpose: str, value: object) -> str:
    """A JSON value that a browser may keep for a while, but not change."""
    return URLSafeTimedSerializer(key, salt=f"digest.admin.{purpose}").dumps(value)


def unsealed(key: str, purpose: str, text: str, life: timedelta) -> Any:
    """What was sealed for this purpose within this time; None for anything else."""
    serializer = URLSafeTimedSerializer(key, salt=f"digest.admin.{purpose}")
    try:
        return serializer.loads(text, max_age=int(life.total_seconds()))
    except BadData:
        return None
