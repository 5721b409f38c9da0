"""The tokens that were asked with within the last second: a program asks many times with one.

That one was revoked, or its time is over, counts at once all the same.
"""

import threading
import time

from digest.project import Project
from digest.services.admins import api_tokens
from digest.services.admins.tokens import hash_of
from digest.store.api_tokens import ApiToken, is_revoked

KEPT_SECONDS = 1.0


class RecentTokens:
    """Finds tokens by their secrets; keeps those that work, by hash, for KEPT_SECONDS."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._kept: dict[str, ApiToken] = {}
        self._since = 0.0
        self._lock = threading.Lock()

    def find(self, secret: str) -> ApiToken | None:
        """The token with this secret, if it works."""
        key, now = hash_of(secret), time.monotonic()
        with self._lock:
            if now - self._since >= KEPT_SECONDS:
                self._kept, self._since = {}, now
            token = self._kept.get(key)
        if token is not None:
            is_over = not token.works(self._project.clock())
            return None if is_over or is_revoked(self._project.database, token.id) else token
        found = api_tokens.find_token(self._project, secret)
        # What was read before the last second began is not kept into it.
        with self._lock:
            if found is not None and now >= self._since:
                self._kept[key] = found
        return found
