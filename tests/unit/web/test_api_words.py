"""What the API says of a request that does not fit: in our words, never in those of a library."""

import json
import pkgutil
from importlib import import_module
from itertools import product
from typing import Any

import digest.web.api
from digest.web.api.bodies import MalformedError, read_body, read_query

Row = dict[str, Any]

ODD: list[Any] = [None, True, -1, 1e9, 7.5, "", "\x00", "x" * 3000, "2026-13-01", [], ["", 7], {}]
OF_LIBRARIES = (
    *("Input should", "should have", "Field required", "not permitted", "Unable to", "error,"),
    "must be in 1..12",
)


def operations():
    for module in pkgutil.iter_modules(digest.web.api.__path__):
        yield from getattr(import_module(f"digest.web.api.{module.name}"), "operations", ())


def details(read, *arguments) -> list[str]:
    try:
        read(*arguments)
    except MalformedError as error:
        return [error.detail, *(place["detail"] for place in error.errors)]
    return []


def test_no_library_speaks_in_an_answer_of_the_api():
    said = set()
    for operation in operations():
        if operation.body is not None:
            bodies = [*ODD, *filled(operation.body.json_schema())]
            for body in bodies:
                said.update(details(read_body, operation.body, json.dumps(body).encode()))
        if operation.query is not None:
            names = [*operation.query.model_fields, "unknown"]
            for name, value in product(names, ("", "x", "-1", "99999999999999999999", "%00")):
                said.update(details(read_query, operation.query, f"{name}={value}".encode()))
    assert len(said) > 20
    assert [words for words in said if any(theirs in words for theirs in OF_LIBRARIES)] == []
    assert "cannot be taken as it is written" not in said


def filled(schema: Row) -> list[Row]:
    """Bodies in which each field of the schema, or of one of its choices, is odd."""
    objects = [schema, *schema.get("$defs", {}).values()]
    return [
        {**field_constants(one), name: value}
        for one in objects
        for name in one.get("properties", {})
        for value in ODD
    ]


def field_constants(schema: Row) -> Row:
    """What chooses among several kinds of bodies."""
    properties = schema.get("properties", {})
    return {name: field["const"] for name, field in properties.items() if "const" in field}
