"""Where a setting has its value from: a variable, a file that a variable names, or digest.toml."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from digest.error_words import words_of
from digest.errors import Problem, SettingsError

PREFIX = "DIGEST_"
FILE = "config/digest.toml"

# The variables that may name a file with the value in it, as NAME_FILE: each holds a secret. The
# keys of DKIM have settings of their own for that.
_SECRET = re.compile(
    r"digest_(secret_key|old_secret_keys|database_url|smtp_password|backends_.+_password|pictures_secret_key"
    r"|bounces_imap_password|summariser_api_key)_file"
)


def with_secret_files(
    variables: Mapping[str, str | None], folder: Path
) -> Mapping[str, str | None]:
    """Variables by their names in small letters, with what their files hold in NAME for NAME_FILE.

    A relative path is below `folder`. SettingsError names every file that cannot be read.
    """
    values, problems = dict(variables), []
    for name in filter(_SECRET.fullmatch, variables):
        target, path = name.removesuffix("_file"), folder / (values.pop(name) or "")
        origin = name.upper()
        if target in variables:
            problems.append(Problem(target.upper(), origin, f"is set twice: as {origin} too"))
            continue
        try:
            values[target] = path.read_text("utf-8").rstrip("\r\n")
        except OSError as error:
            reason = f"{path} cannot be read: {words_of(error)}"
            problems.append(Problem(target.upper(), origin, reason))
        except UnicodeDecodeError:
            problems.append(Problem(target.upper(), origin, f"{path} is not UTF-8"))
    if problems:
        raise SettingsError(problems)
    return values


def variable_of(location: Sequence[str], env_file: Path) -> str | None:
    """The variable that a setting comes from, and where that stands; None where it is none."""
    in_file, origin = dotenv_values(env_file), None
    for length in range(1, len(location) + 1):
        variable = PREFIX + "_".join(location[:length]).upper().replace("-", "_")
        for name in (variable, f"{variable}_FILE"):
            if name in os.environ:
                origin = f"environment variable {name}"
            elif name in in_file:
                origin = f"{name} in {env_file}"
    return origin


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of a TOML file at which each of its values begins, by its key."""
    lines: dict[tuple[str | int, ...], int] = {}
    header: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    pending, begin = "", 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        begin, pending = (number, line) if not pending else (begin, pending + line)
        try:
            statement = tomllib.loads(pending)  # each statement is a document by itself
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        if pending.lstrip().startswith("["):
            header = _header(statement, counts)
        else:
            lines |= {(*header, *key): begin for key in _keys(statement)}
        pending = ""
    return lines


def _header(statement: Mapping[str, Any], counts: dict[str, int]) -> tuple[str | int, ...]:
    path: list[str | int] = []
    value: Any = statement
    while value:
        ((name, value),) = value.items()
        path.append(name)
        if isinstance(value, list):
            counts[name] = counts.get(name, -1) + 1
            path.append(counts[name])
            value = value[0]
    return tuple(path)


def _keys(values: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *rest) for rest in _keys(value))
