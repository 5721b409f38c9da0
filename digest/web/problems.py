"""What a program is told where the API cannot answer: problem details (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

API = "/api"
MEDIA_TYPE = "application/problem+json"


def is_api(path: str) -> bool:
    """Whether a path is one of the API, or would be."""
    return f"{path}/".startswith(f"{API}/")


def problem(
    status: int,
    detail: str = "",
    *,
    remedy: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    reference: str = "",
) -> Response:
    """An answer with a status such as 404; `errors` name places of a body by JSON pointers.

    A fault of ours is in the log under its `reference`.
    """
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        content["detail"] = detail
    if remedy:
        content["remedy"] = remedy
    if errors:
        content["errors"] = list(errors)
    if reference:
        content["reference"] = reference
    no_store = {"Cache-Control": "no-store", **(headers or {})}
    return Response(to_json(content), status, no_store, MEDIA_TYPE)
