"""Access tokens for XOAUTH2: a command of the operator's prints one; it is asked again in time."""

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from digest.error_words import words_of

# Tokens mostly live for an hour; a new connection wants one that lives a while yet.
_FRESH = 300.0
_PATIENCE = 30.0


class TokenError(Exception):
    """No token came; the text is a sentence."""


@dataclass(slots=True)
class TokenCommand:
    """The token that a command prints, asked for at most every five minutes; from any thread."""

    command: str
    now: Callable[[], float] = monotonic
    _token: str = ""
    _since: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self) -> str:
        """A token; TokenError where the command fails, is silent or takes over 30 seconds."""
        with self._lock:
            if not self._token or self.now() - self._since > _FRESH:
                self._token, self._since = self._ask(), self.now()
            return self._token

    def _ask(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, and no shell
                shlex.split(self.command),
                check=False,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise TokenError(f"smtp.token_command cannot be run: {words_of(error)}") from error
        token = done.stdout.strip()
        if done.returncode or not token or not token.isascii() or "\n" in token:
            said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise TokenError(
                f"smtp.token_command printed no token (status {done.returncode}): {said[0]}"
            )
        return token
