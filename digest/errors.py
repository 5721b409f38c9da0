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


class NotFoundError(UsageError):
    """What was named is not there; 404 where it was a page."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong setting: the key (`smtp.port`), where it came from, and what is wrong.

    What is wrong with a file as a whole has its name as the key, and no origin beside it.
    """

    key: str
    origin: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.origin})" if self.origin else ""
        return f"{self.key}: {self.reason}{where}"


class SettingsError(UsageError):
    """Everything that is wrong with the settings, at once."""

    def __init__(self, problems: list[Problem]) -> None:
        count = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
        lines = "".join(f"\n  {line}" for line in _lines(problems))
        super().__init__(
            f"{count} wrong in the settings:{lines}",
            remedy="mend what is named; docs/config.md explains every setting",
        )
        self.problems = problems


def _lines(problems: list[Problem]) -> list[str]:
    """One line each; one mistake that was made in many tables is one line."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for problem in problems:
        table = problem.key.partition(".")[0]
        alike.setdefault((table, problem.origin, problem.reason), []).append(problem.key)
    return [
        f"{Problem(keys[0], origin, reason)}{_others(keys[1:])}"
        for (_, origin, reason), keys in alike.items()
    ]


def _others(keys: list[str]) -> str:
    if not keys:
        return ""
    named = ", ".join(keys[:3])
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return f"; the same of {named}{more}"
