"""The secrets of webhooks: to be read again for signing, so they are encrypted, and shown once."""

from datetime import datetime

from digest.project import Project
from digest.services.encryption import cipher
from digest.store.webhooks import Webhook

_PURPOSE = b"digest.webhooks"


def encrypted(project: Project, secret: str) -> str:
    """As it is kept: of use to whoever has the database and the project's key."""
    return cipher(project, _PURPOSE).encrypt(secret.encode()).decode()


def decrypted(project: Project, webhook: Webhook, now: datetime) -> list[str]:
    """The secrets that a webhook's messages are signed with now, the new one first.

    InvalidToken where the project's key is another one.
    """
    kept = [webhook.secret]
    if webhook.old_secret_until is not None and now < webhook.old_secret_until:
        kept.append(webhook.old_secret)
    opened = cipher(project, _PURPOSE)
    return [opened.decrypt(secret.encode()).decode() for secret in kept]
