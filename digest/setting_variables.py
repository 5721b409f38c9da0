"""What variables say of settings: DIGEST_NAME, and DIGEST_SECTION_NAME for [section] name.

Read from the environment and from .env, into tables such as those of config/digest.toml. Names may
be of capitals or small letters; a list, or a whole section, is written as JSON.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin

from dotenv import dotenv_values
from pydantic import BaseModel

from digest.errors import Problem, SettingsError
from digest.setting_origins import PREFIX, variable_of, with_secret_files
from digest.settings import Settings

Variables = Mapping[str, str | None]

_LIST = 'is no JSON; a list is written as ["one", "two"]'
_TABLE = 'is no JSON, such as {"name": "value"}'


def read_variables(env_file: Path) -> dict[str, Any]:
    """What the environment and .env say; the environment wins. SettingsError says what is wrong.

    Of the environment, which other programs share, only what is a setting's counts. A name of .env
    that is no setting's is given as it is, so that whoever checks the settings refuses it.
    """
    problems: list[Problem] = []
    environment = _table(_ours(os.environ, env_file), env_file, problems)
    names = _ours(dotenv_values(env_file), env_file)
    in_file = _table(names, env_file, problems)
    if problems:
        raise SettingsError(problems)
    unknown = {
        name: text
        for name, text in names.items()
        if name not in in_file and name.partition("_")[0] not in in_file
    }
    return merged(in_file | unknown, environment)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables as one; where both say something, what is `above` holds."""
    both = dict(below)
    for name, value in above.items():
        under = both.get(name)
        if isinstance(under, dict) and isinstance(value, dict):
            both[name] = merged(under, value)
        else:
            both[name] = value
    return both


def _ours(variables: Variables, env_file: Path) -> Variables:
    """The variables that begin with DIGEST_, without that, and with what secret files hold."""
    values = with_secret_files(
        {name.lower(): text for name, text in variables.items()}, env_file.parent
    )
    prefix = PREFIX.lower()
    return {
        name.removeprefix(prefix): text for name, text in values.items() if name.startswith(prefix)
    }


def _table(variables: Variables, env_file: Path, problems: list[Problem]) -> dict[str, Any]:
    """What variables say of all settings."""
    values = {name: _value(name, variables, env_file, problems) for name in Settings.model_fields}
    return {name: value for name, value in values.items() if value is not None}


def _value(name: str, variables: Variables, env_file: Path, problems: list[Problem]) -> Any:
    """What variables say of a setting or a section, None where none does."""
    kind, text = Settings.model_fields[name].annotation, variables.get(name)
    if not _is_list(kind) and not _is_table(kind):
        return text
    parts: dict[str, Any] = {
        variable.removeprefix(f"{name}_"): part
        for variable, part in variables.items()
        if variable.startswith(f"{name}_")
    }
    fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    for key in sorted(parts.keys() & fields.keys()):
        if _is_list(fields[key].annotation) and parts[key]:
            parts[key] = _json((name, key), parts[key], _LIST, env_file, problems)
    if text is None:
        return parts or None
    whole = _json((name,), text, _LIST if _is_list(kind) else _TABLE, env_file, problems)
    return merged(whole, parts) if isinstance(whole, dict) else whole


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is Mapping or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _json(
    location: tuple[str, ...], text: str, reason: str, env_file: Path, problems: list[Problem]
) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        origin = variable_of(location, env_file) or ""
        problems.append(Problem(".".join(location), origin, reason))
        return None
