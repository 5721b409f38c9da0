"""What is wrong with a value that came from outside, in our words, by what pydantic finds; pure.

One rule for settings, the API, tools of agents and whatever else is read by pydantic. A kind that
is not here is told without its own words, which nobody but a programmer reads.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

UNKNOWN = frozenset(("extra_forbidden", "unexpected_keyword_argument"))
_WORDS = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "string_type": "must be text",
    "string_too_short": "has fewer than {min_length} characters",
    "string_too_long": "has more than {max_length} characters",
    "string_pattern_mismatch": "takes small letters, digits and hyphens",
    "string_unicode": "is not Unicode",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "too_short": "has {actual_length} entries, where at least {min_length} must be",
    "too_long": "has {actual_length} entries, where at most {max_length} can be",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "mapping_type": "must be an object",
    "dict_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_not_found": "must have {discriminator}",
    "union_tag_invalid": "{discriminator} must be one of {expected_tags}",
    "timezone_aware": "must have a time zone",
}
# Of several kinds that begin so.
_FAMILIES = {
    "time": "must be a time such as 06:00",
    "date": "must be a date such as 2026-11-21",
    "datetime": "must be a time such as 2026-11-21T06:00:00Z",
    "int": "must be a whole number",
    "float": "must be a number",
    "finite": "must be a number",
    "bool": "must be true or false",
    "url": "must be an address such as https://example.org/",
}
# All else is of a check of ours: it has words for it.
_OF_PYDANTIC = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}


def words_of_fault(fault: ErrorDetails, otherwise: Mapping[str, str] = MappingProxyType({})) -> str:
    """What is wrong, to follow the name of the value; `otherwise` has other words for some kinds.

    What a check of ours says stays as it is.
    """
    kind, context = fault["type"], fault.get("ctx", {})
    if kind not in _OF_PYDANTIC:
        return str(context.get("error") or fault["msg"])
    if kind in UNKNOWN:
        return otherwise.get(kind, "is not known here")
    words = otherwise.get(kind) or _WORDS.get(kind) or _FAMILIES.get(kind.partition("_")[0])
    if words is None:
        return "cannot be taken as it is written"
    return words.format(**{name: _plain(value) for name, value in context.items()})


def faults_of(error: ValidationError) -> Iterator[str]:
    """Each fault in a line: where it is, and what it is."""
    for fault in error.errors(include_url=False):
        place = ".".join(map(str, fault["loc"]))
        words = words_of_fault(fault)
        yield f"{place}: {words}" if place else words


def _plain(value: object) -> object:
    """10 for 10.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
