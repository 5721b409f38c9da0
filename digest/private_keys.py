"""Private keys that sign mail, read from their PEM."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

# What receivers still take (RFC 8301).
LEAST_RSA_BITS = 1024


def read_private_key(pem: bytes) -> PrivateKey:
    """A key from its PEM; ValueError with a sentence about what it is in: "holds no ..."."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "holds no private key (PEM without a password); `digest dkim keygen` makes one"
        ) from None
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("holds a key that DKIM does not know; it takes RSA and Ed25519")  # noqa: TRY004
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
        raise ValueError(f"holds an RSA key of {key.key_size} bits; use one of 2048")
    return key
