"""The OpenAPI document of the API, made of the declarations of its operations."""

import inspect
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import NoneType
from typing import Any

from pydantic import TypeAdapter

from digest.web.api.operation import IDEMPOTENCY_KEY, IF_MATCH, Operation
from digest.web.api.values import Problem9457
from digest.web.problems import MEDIA_TYPE

VERSION = "1"
_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "There is no token that works: missing, unknown, expired and revoked are told alike.",
    403: "The token has not the scope that this asks for.",
    404: "There is nothing of this name.",
    406: "The answer is JSON, and Accept takes none.",
    409: "It cannot be done as things stand.",
    412: "It was changed since it was read.",
    413: "The body is larger than `web.max_body`.",
    415: "The body is no JSON.",
    422: "The request does not fit; `errors` has the places.",
    428: "If-Match is missing.",
    429: "The token asked for too much; Retry-After has the seconds.",
}
_RATE_HEADERS = {
    name: {"description": text, "schema": {"type": "string"}}
    for name, text in (
        ("RateLimit", "What is left to the token, and the seconds until it has all again."),
        ("RateLimit-Policy", "Requests of a token that are answered in so many seconds."),
    )
}


def openapi_document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document, as JSON."""
    schemas = _Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _describe(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "newsletter-digest",
            "version": VERSION,
            "summary": "What the desk does, for programs.",
            "description": "docs/api.md has examples.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(_tag, operations))],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "responses": {
                str(status): {
                    "description": text,
                    "content": {MEDIA_TYPE: {"schema": schemas.problem}},
                }
                for status, text in _PROBLEMS.items()
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `digest tokens add`.",
                }
            },
        },
    }


class _Schemas:
    """The JSON schemas of all that comes and goes; one that has a name stands there once."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [
            ("problem", "serialization", TypeAdapter(Problem9457))
        ]
        for operation in operations:
            if operation.answer is not NoneType:
                answer = TypeAdapter(operation.answer)
                inputs.append(((operation.id, "answer"), "serialization", answer))
            if operation.body is not None:
                inputs.append(((operation.id, "body"), "validation", operation.body))
            if operation.query is not None:
                query = TypeAdapter(operation.query)
                inputs.append(((operation.id, "query"), "validation", query))
            for name, adapter in operation.path_adapters.items():
                inputs.append(((operation.id, "path", name), "validation", adapter))
        self._by_key, top = TypeAdapter.json_schemas(inputs, ref_template=_REF)
        self.definitions: dict[str, Any] = top.get("$defs", {})

    @property
    def problem(self) -> Any:
        """That of what is said where there is no other answer."""
        return self._by_key["problem", "serialization"]

    def answer(self, operation: Operation) -> Any:
        """That of its answer."""
        return self._by_key[(operation.id, "answer"), "serialization"]

    def body(self, operation: Operation) -> Any:
        """That of its body."""
        return self._by_key[(operation.id, "body"), "validation"]

    def path(self, operation: Operation, name: str) -> Any:
        """That of a parameter of its path."""
        return self._by_key[(operation.id, "path", name), "validation"]

    def query(self, operation: Operation) -> Mapping[str, Any]:
        """The parameters of its query, by their names."""
        schema = self._by_key.get(((operation.id, "query"), "validation"), {})
        name = schema.get("$ref", "").rpartition("/")[2]
        properties: Mapping[str, Any] = self.definitions.get(name, schema).get("properties", {})
        return properties


def _describe(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = inspect.cleandoc(operation.endpoint.__doc__ or "").partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [_tag(operation)],
        "summary": summary,
        "description": f"{description.strip()}\n\nScope: `{operation.scope}`.".strip(),
        "parameters": [*_parameters(operation, schemas)],
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.body(operation)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _tag(operation: Operation) -> str:
    return operation.template.split("/")[1]


def _parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": schemas.path(operation, name)}
        for name in operation.names
    ]
    for name, schema in schemas.query(operation).items():
        parameters.append({"name": name, "in": "query", "schema": _without_null(schema)})
    if operation.conditional:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The ETag that it was read with, or `*`.",
                "schema": {"type": "string", "pattern": IF_MATCH},
            }
        )
    if operation.creates:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same request with the same key is done once, within a day.",
                "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
            }
        )
    return parameters


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Of a parameter that may be missing what it is where it is there."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: schema[name] for name in schema if name not in ("anyOf", "default", "title")}
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {**({"anyOf": kinds} if kinds else {}), **rest} | (
        {"default": schema["default"]} if schema.get("default") is not None else {}
    )


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"headers": dict(_RATE_HEADERS)}
    if operation.answer is NoneType:
        status = 204
    else:
        status = operation.status
        success["content"] = {"application/json": {"schema": schemas.answer(operation)}}
    success["description"] = HTTPStatus(status).phrase
    if operation.has_etag:
        success["headers"]["ETag"] = {"schema": {"type": "string"}}
    if status == 201:
        success["headers"]["Location"] = {"schema": {"type": "string"}}
    responses: dict[str, Any] = {str(status): success}
    if operation.has_etag and operation.method == "GET":
        responses["304"] = {"description": "It is as it was."}
    return responses | {
        str(code): {"$ref": f"#/components/responses/{code}"} for code in _refusals(operation)
    }


def _refusals(operation: Operation) -> list[int]:
    codes = {400, 401, 403, 404, 406, 409, 422, 429}
    if operation.body is not None:
        codes |= {413, 415}
    if operation.conditional:
        codes |= {412, 428}
    return sorted(codes)
