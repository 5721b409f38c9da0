"""What must be read again, and nobody else may read: encrypted with the project's key."""

import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet

from digest.project import Project


def cipher(project: Project, purpose: bytes) -> MultiFernet:
    """By the project's key first; what was encrypted with an old one is read still."""
    keys = (project.links.key, *project.links.old_keys)
    return MultiFernet(
        [Fernet(urlsafe_b64encode(hmac.digest(key.encode(), purpose, "sha256"))) for key in keys]
    )
