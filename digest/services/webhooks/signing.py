"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, in Base64; pure."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hmac import digest

_PREFIX = "whsec_"
_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """For the receiver to keep, and to verify by."""
    return _PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(
    signing_secrets: Sequence[str], event_id: str, now: datetime, body: bytes
) -> dict[str, str]:
    """What is sent beside the body: a signature by each secret, so that one can take over."""
    seconds = str(int(now.timestamp()))
    signed = b".".join((event_id.encode(), seconds.encode(), body))
    signatures = (
        b64encode(digest(b64decode(secret.removeprefix(_PREFIX)), signed, "sha256")).decode()
        for secret in signing_secrets
    )
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
