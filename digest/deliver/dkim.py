"""DKIM signatures (RFC 6376; RFC 8463 for Ed25519) over the final bytes of a message; pure.

Relaxed headers, simple body: our bodies are quoted-printable with CRLF ends, so their simple
form is themselves, but for empty lines at the end.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from digest.errors import UsageError
from digest.private_keys import PrivateKey, read_private_key

RSA_BITS = 2048

# RFC 8058, section 4: both List-Unsubscribe headers must be signed. What stands twice in the list
# cannot be added by somebody else without breaking the signature (RFC 6376, section 8.15).
SIGNED = (
    "from", "from", "to", "to", "subject", "subject", "date", "date", "message-id", "reply-to",
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "mime-version",
    "content-type",
)  # fmt: skip

_SIGNED = tuple(name.encode() for name in SIGNED)
_HEADER_END = re.compile(rb"\r\n(?![ \t])")
_PADDING = padding.PKCS1v15()
_PREHASHED = Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and where its public half stands: SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    key: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The name of the algorithm in a signature (tag a=)."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def record_name(self) -> str:
        """The name of the DNS record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the DNS record (RFC 6376, section 3.6.1)."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            kind, data = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, data = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k={kind}; p={base64.b64encode(data).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Puts the signatures of all its keys before a message."""

    keys: tuple[DkimKey, ...]

    def __call__(self, message: bytes, now: int, body_begin: bytes = b"") -> bytes:
        """The message, signed at a time (seconds since 1970).

        What many bodies begin with is hashed once, where it is given as `body_begin`.
        """
        end = message.index(b"\r\n\r\n")
        body_hash = base64.b64encode(_body_hash(message, end + 4, body_begin))
        names, headers = _signed_headers(message[:end])
        signatures = [_signature(key, names, headers, body_hash, now) for key in self.keys]
        return b"".join([*signatures, message])


def generate_key(kind: str) -> bytes:
    """A new private key, `rsa` or `ed25519`, as PEM."""
    key: PrivateKey = (
        generate_private_key(65537, RSA_BITS) if kind == "rsa" else Ed25519PrivateKey.generate()
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(pem: bytes, *, domain: str, selector: str, origin: str) -> DkimKey:
    """A key from its PEM; `origin` says where it came from, for the error."""
    try:
        key = read_private_key(pem)
    except ValueError as error:
        raise UsageError(f"{origin} {error}") from None
    return DkimKey(domain, selector, key)


def make_signer(keys: Sequence[DkimKey]) -> Signer:
    """Signs with each of the keys."""
    return Signer(tuple(keys))


def _signature(key: DkimKey, names: bytes, headers: bytes, body_hash: bytes, now: int) -> bytes:
    """A DKIM-Signature header, folded so that its relaxed form is known without parsing it."""
    tags = (
        b"v=1; a=%s; c=relaxed/simple; d=%s; s=%s;" % (
            key.algorithm.encode(), key.domain.encode(), key.selector.encode()
        ),
        b"t=%d; h=%s;" % (now, names),
        b"bh=%s; b=" % body_hash,
    )  # fmt: skip
    digest = hashlib.sha256(headers + b"dkim-signature:" + b" ".join(tags)).digest()
    # Over the hash (RFC 6376, section 3.3.1; RFC 8463, section 3).
    if isinstance(key.key, RSAPrivateKey):
        signature = key.key.sign(digest, _PADDING, _PREHASHED)
    else:
        signature = key.key.sign(digest)
    value = base64.b64encode(signature)
    lines = [value[at : at + 70] for at in range(0, len(value), 70)]
    return b"DKIM-Signature: " + b"\r\n ".join([*tags, *lines]) + b"\r\n"


def _signed_headers(head: bytes) -> tuple[bytes, bytes]:
    """The names that are signed, and those headers in relaxed form (RFC 6376, 3.4.2 and 5.4.2)."""
    headers = [_relaxed(header) for header in _HEADER_END.split(head)]
    names, order = _signing_order(tuple([name for name, _ in headers]))
    return names, b"".join([headers[at][1] for at in order])


@lru_cache(maxsize=8)
def _signing_order(there: tuple[bytes, ...]) -> tuple[bytes, tuple[int, ...]]:
    """Of a message that has these headers: the names that are signed, and which ones these are.

    It is the same for all messages of an issue.
    """
    places: dict[bytes, list[int]] = {}
    for at, name in enumerate(there):
        places.setdefault(name, []).append(at)
    names = [name for name in _SIGNED if name in places]
    # From the bottom up; a name without a header left says that there is none.
    order = [places[name].pop() for name in names if places[name]]
    return b":".join(names), tuple(order)


@lru_cache(maxsize=256)
def _relaxed(header: bytes) -> tuple[bytes, bytes]:
    """The name of a header and its relaxed form; most are the same in all messages of an issue."""
    name, _, value = header.partition(b":")
    name = name.strip().lower()
    return name, b"%s:%s\r\n" % (name, b" ".join(value.split()))


def _body_hash(message: bytes, begin: int, common: bytes) -> bytes:
    """The hash of a body that may begin with what others begin with, too.

    RFC 6376, section 3.4.3: it ends with one line end, however many there are.
    """
    if not message.endswith(b"\r\n", begin) or message.endswith(b"\r\n\r\n", begin):
        return hashlib.sha256(message[begin:].rstrip(b"\r\n") + b"\r\n").digest()
    if not message.startswith(common, begin):
        common = b""
    state = _state_after(common).copy()
    state.update(memoryview(message)[begin + len(common) :])
    return state.digest()


# To be copied: whoever goes on with it changes it.
_state_after = lru_cache(maxsize=256)(hashlib.sha256)
