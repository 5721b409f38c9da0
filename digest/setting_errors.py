"""What is wrong with a setting, in our words: what was meant, or what would be right.

Between what pydantic finds and the problems that digest.config tells.
"""

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from digest.settings import (
    BackendSettings,
    FeedSource,
    FolderSource,
    NewsletterSettings,
    Settings,
    TopicSettings,
)
from digest.text import did_you_mean
from digest.validation_words import UNKNOWN, words_of_fault

Location = tuple[int | str, ...]

# As TOML has it.
_IN_TOML = {
    "string_type": "must be text, in quotes",
    "tuple_type": 'must be a list, such as ["one", "two"]',
    "model_type": "must be a table",
    "dataclass_type": "must be a table",
    "mapping_type": "must be a table",
}
# Of settings that hold no secret: what was given may be shown.
_SHOWN = {
    "time": "is not a time such as 06:00",
    "int": "is not a whole number",
    "float": "is not a number",
    "bool": "is neither true nor false",
    "finite": "is not a number",
}


def reason_of(fault: ErrorDetails, names: Collection[str]) -> str:
    """What a validation error says; `names` are the names there are where it was found."""
    kind = fault["type"]
    if kind in UNKNOWN:
        return f"unknown setting{did_you_mean(str(fault['loc'][-1]), names)}"
    shown = _SHOWN.get(kind.partition("_")[0])
    return f"{fault['input']!r} {shown}" if shown else words_of_fault(fault, _IN_TOML)


def names_beside(location: Location) -> Sequence[str]:
    """The settings that there are in the table of config/digest.toml that a key is in."""
    match location:
        case (_,):
            return list(Settings.model_fields)
        case ("newsletters", *_):
            return list(NewsletterSettings.model_fields)
        case ("backends", *_):
            return list(BackendSettings.model_fields)
        case (str(section), _):
            return _names_of(section)
    return ()


def _names_of(section: str) -> Sequence[str]:
    field = Settings.model_fields.get(section)
    model = field.annotation if field else None
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
    return ()


def names_in(table: str, kind: object) -> Sequence[str]:
    """The keys of a table [[topics]], or of a [[sources]] of one kind."""
    if table == "topics":
        return list(TopicSettings.model_fields)
    return list((FeedSource if kind == "feed" else FolderSource).model_fields)


def entry_name(entries: object, number: int) -> str:
    """What to call one table of a list: its id, or else its number, from 1."""
    entry = entries[number] if isinstance(entries, list) and number < len(entries) else None
    name = entry.get("id") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) and name.isprintable() and name else str(number + 1)
