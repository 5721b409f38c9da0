"""Errors that a person can act on: each says what is wrong, where, and what to do about it.

An expected failure of one item (a story, an address) is a value, never one of these;
these end a command.
"""

from dataclasses import dataclass


class DigestError(Exception):
    """Ends the command with `exit_status`, the message and, if there is one, the remedy."""

    exit_status = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(DigestError):
    """The command was called with something that cannot be: exit status 2."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong setting: the key (`smtp.port`), where it came from, and what is wrong."""

    key: str
    origin: str
    reason: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason} ({self.origin})"


class SettingsError(UsageError):
    """Everything that is wrong with the settings, at once."""

    def __init__(self, problems: list[Problem]) -> None:
        count = (
            "One setting is wrong" if len(problems) == 1 else f"{len(problems)} settings are wrong"
        )
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"{count}:{lines}",
            remedy="mend the named keys; docs/config.md explains every setting",
        )
        self.problems = problems
