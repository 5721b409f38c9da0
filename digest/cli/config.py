"""`digest config`: each setting, its value, and where that comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import BaseModel, SecretStr
from sqlalchemy import make_url

from digest.cli.context import project_root
from digest.cli.json_output import say_json
from digest.cli.options import Json, ProjectFolder
from digest.cli.tables import say_table
from digest.config import Config, load_config
from digest.setting_origins import FILE, lines_of, variable_of

_MASKED = "********"


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as it is in force."""

    key: str
    value: object
    origin: str


def config(folder: ProjectFolder = None, as_json: Json = False) -> None:
    """Show each setting, its value (secrets masked), and where it comes from."""
    lines = list(setting_lines(load_config(project_root(folder))))
    if as_json:
        rows = [{"key": line.key, "value": line.value, "from": line.origin} for line in lines]
        say_json({"settings": rows})
        return
    say_table(
        ["Setting", "Value", "From"], [(line.key, _text(line.value), line.origin) for line in lines]
    )


def setting_lines(loaded: Config) -> Iterator[SettingLine]:
    """Every setting, in the order of docs/config.md; those of a newsletter under its id."""
    text = (loaded.root / "config" / "digest.toml").read_text("utf-8-sig")
    lines = lines_of(text)
    for place, value in _leaves(loaded.settings, ()):
        location = tuple(str(part) for part in place)
        origin = variable_of(location, loaded.root / ".env")
        if origin is None:
            starts = (place[:length] for length in range(len(place), 0, -1))
            line = next((lines[start] for start in starts if start in lines), None)
            origin = f"{FILE}, line {line}" if line is not None else "default"
        if place[0] == "newsletters" and len(place) > 1:
            newsletter = loaded.settings.newsletters[int(place[1])]
            location = ("newsletters", newsletter.id, *location[2:])
        yield SettingLine(".".join(location), _shown(location, value), origin)


def _leaves(
    value: Any, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Each setting below a table of them, with its place."""
    parts: list[tuple[str | int, Any]]
    if isinstance(value, BaseModel):
        parts = [(name, getattr(value, name)) for name in type(value).model_fields]
    elif is_dataclass(value):
        parts = [(field.name, getattr(value, field.name)) for field in fields(value)]
    elif isinstance(value, Mapping) and value:
        parts = list(value.items())
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        parts = list(enumerate(value))
    else:
        yield place, value
        return
    for name, part in parts:
        yield from _leaves(part, (*place, name))


def _shown(location: tuple[str, ...], value: Any) -> object:
    """A value as JSON has it, without any secret."""
    match value:
        case SecretStr():
            return _MASKED if value.get_secret_value() else ""
        case tuple():
            return [_shown(location, item) for item in value]
        case Mapping():
            return dict(value)
        case None | bool() | int() | float():
            return value
    if location == ("database_url",):
        url = make_url(str(value)).difference_update_query(["password", "sslpassword"])
        return url.render_as_string(hide_password=True)
    return str(value)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
