"""A request's body and query, read strictly: what would be guessed at is refused with its place."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from digest.validation_words import words_of_fault
from digest.web.api.values import CURSOR, ONE_KEYWORD, SEEN, WITHOUT_NUL

Place = dict[str, str]
# What a text is to be of which a pattern says so.
_BY_PATTERN = {
    pattern: {"string_pattern_mismatch": words}
    for pattern, words in (
        (SEEN, "has nothing that is seen, or a NUL"),
        (WITHOUT_NUL, "has a NUL"),
        (ONE_KEYWORD, "is not one keyword: no comma, semicolon or line break is in one"),
        (CURSOR, "is no `next` of a page"),
    )
}


class MalformedError(Exception):
    """A request that cannot be read; the status, what is wrong, and where."""

    def __init__(self, status: int, detail: str, errors: Sequence[Place] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


def read_body(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """The value of a JSON body; MalformedError.

    A name twice in one object, NaN and what nests too deep are refused (RFC 8259 leaves them open),
    as is what the model does not know.
    """
    try:
        json.loads(body, object_pairs_hook=_without_doubles, parse_constant=_refuse)
        return adapter.validate_json(body, strict=True)
    except ValidationError as error:
        raise MalformedError(422, "the body does not fit", _places(error)) from error
    except (ValueError, RecursionError) as error:
        raise MalformedError(400, f"the body is no JSON: {_words(error)}") from error


def read_query(model: type[BaseModel] | None, query: bytes) -> BaseModel | None:
    """What stands after the `?`; MalformedError for what is twice, unknown or does not fit."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=50,
        )
    except ValueError as error:
        raise MalformedError(400, "the query cannot be read") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedError(422, "a parameter of the query stands there twice")
    if model is None:
        if fields:
            raise MalformedError(422, f"there is no parameter {next(iter(fields))!r} here")
        return None
    try:
        return model.model_validate_strings(fields)
    except ValidationError as error:
        raise MalformedError(422, "the query does not fit", _places(error)) from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name stands there twice")
    return named


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _words(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it nests too deep"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _pattern_of(fault: ErrorDetails) -> str:
    return str(fault.get("ctx", {}).get("pattern", ""))


def _places(error: ValidationError) -> list[Place]:
    """Each fault with a JSON pointer (RFC 6901) to where it is."""
    return [
        {
            "pointer": "".join(
                f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in fault["loc"]
            ),
            "detail": words_of_fault(fault, _BY_PATTERN.get(_pattern_of(fault), {})),
        }
        for fault in error.errors(include_url=False, include_input=False)
    ]
