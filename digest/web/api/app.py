"""The API as an ASGI application: from a request to its operation, past all that stands before it.

A request passes, in this order: its token, the count of what that asked for, its scope, what kind
of content it takes and brings, and then its parameters and its body are read. Work is done in
threads of this application's own, so that the loop turns; but a page of a list, where that comes
out of SQLite, is read before it could be handed to one.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from digest.errors import DigestError, NotFoundError
from digest.project import Project
from digest.scopes import Scope
from digest.services.admins import audit
from digest.services.admins.api_answers import KeyRefusal, keep_answer, take_key
from digest.services.admins.api_tokens import secret_of
from digest.store.api_answers import ApiAnswer
from digest.store.api_tokens import ApiToken
from digest.web.api.bodies import MalformedError, read_body, read_query
from digest.web.api.openapi import openapi_document
from digest.web.api.operation import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PREFIX,
    ApiCall,
    ChangedError,
    Operation,
    ScopeError,
    Tagged,
)
from digest.web.api.request_limit import RequestLimit
from digest.web.api.tokens import RecentTokens
from digest.web.problems import problem

JSON = "application/json"
DOCUMENT = f"{PREFIX}/openapi.json"
# Requests that are worked on at the same time; more wait.
THREADS = 4
_IF_MATCH = re.compile(IF_MATCH)
_IDEMPOTENCY_KEY = re.compile(IDEMPOTENCY_KEY)
_BEARER = 'Bearer realm="digest"'
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request brings, as far as the API reads it."""

    operation: Operation
    path: Mapping[str, str]
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    address: str
    url: str


class Api:
    """Dispatches what comes below /api to its operations."""

    def __init__(self, project: Project, operations: Sequence[Operation]) -> None:
        self.project = project
        self.operations = operations
        self.limit = RequestLimit(project.config.settings.api.requests_per_minute)
        self._tokens = RecentTokens(project)
        self._threads = ThreadPoolExecutor(THREADS, "api")
        self._routes = _Routes(operations)
        # Each row that SQLite steps to lets another thread in: with several at work, a list of ten
        # costs twice to three times what it takes here (decision 72).
        self._reads_lists_here = project.database.is_sqlite
        self._document = to_json(openapi_document(operations))

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            response = await self._answer(scope, receive)
        except HTTPException as error:  # of a body that is too large, or too slow
            response = problem(error.status_code, headers=error.headers)
        await response(scope, receive, send)

    async def _answer(self, scope: AsgiScope, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        if path == DOCUMENT:
            return self._show_document(method)
        by_method, parameters = self._routes.find(path)
        if not by_method:
            return problem(404, "there is nothing at this path")
        operation = by_method.get("GET" if method == "HEAD" else method)
        if operation is None:
            allowed = {*by_method, "HEAD"} if "GET" in by_method else set(by_method)
            return problem(405, headers={"Allow": ", ".join(sorted(allowed))})
        scope["route"] = operation
        asked = _Asked(
            operation,
            parameters,
            scope["query_string"],
            _first_headers(scope),
            b"" if operation.body is None else await Request(scope, receive).body(),
            scope["client"][0] if scope["client"] else "",
            path,
        )
        if operation.is_list and self._reads_lists_here:
            return self._work(asked)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, asked)

    def _show_document(self, method: str) -> Response:
        if method not in ("GET", "HEAD"):
            return problem(405, headers={"Allow": "GET, HEAD"})
        return Response(self._document, media_type=JSON)

    def _work(self, asked: _Asked) -> Response:
        """In a thread: the answer, or why there is none."""
        token = self._tokens.find(secret_of(asked.headers.get("authorization", "")))
        if token is None:
            # Alike whether it is missing, unknown, expired or revoked.
            return problem(401, "no token that works", headers={"WWW-Authenticate": _BEARER})
        allowance = self.limit.take(token.id)
        if allowance.is_exceeded:
            response = problem(429, f"more than {allowance.quota} requests in a minute")
        else:
            response = self._answer_token(asked, token)
        response.headers.update(allowance.headers)
        return response

    def _answer_token(self, asked: _Asked, token: ApiToken) -> Response:
        refusal = _refusal(asked, token)
        if refusal is not None:
            return refusal
        try:
            return self._answer_once(asked, token)
        except ScopeError as error:
            return _too_narrow(error.scope)
        except MalformedError as error:
            return problem(error.status, error.detail, errors=error.errors)
        except ChangedError:
            return problem(412, "it was changed since it was read", remedy="read it again")
        except DigestError as error:
            status = 404 if isinstance(error, NotFoundError) else 409
            return problem(status, error.message, remedy=error.remedy)

    def _answer_once(self, asked: _Asked, token: ApiToken) -> Response:
        """The answer, also where the same request comes twice under one Idempotency-Key."""
        key = asked.headers.get("idempotency-key") if asked.operation.creates else None
        if key is None:
            return self._done(asked, token)
        if not _IDEMPOTENCY_KEY.match(key):
            raise MalformedError(400, "an Idempotency-Key has 1 to 255 visible characters of ASCII")
        parts = (asked.operation.method.encode(), asked.url.encode(), asked.query, asked.body)
        request_hash = hashlib.sha256(b"\0".join(parts)).hexdigest()
        earlier = take_key(self.project, token.id, key, request_hash)
        if earlier is KeyRefusal.OTHER_REQUEST:
            raise MalformedError(422, "this Idempotency-Key came with another request before")
        if earlier is KeyRefusal.UNDER_WAY:
            return problem(409, "the request with this Idempotency-Key is being answered")
        if isinstance(earlier, ApiAnswer):
            return Response(earlier.body, earlier.status or 200, dict(earlier.headers))
        answer = None
        try:
            response = self._done(asked, token)
            kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
            answer = ApiAnswer(
                request_hash,
                self.project.clock(),
                response.status_code,
                kept,
                bytes(response.body),
            )
        finally:
            keep_answer(self.project, token.id, key, answer)
        return response

    def _done(self, asked: _Asked, token: ApiToken) -> Response:
        """Read what was sent, do it, and put the answer together."""
        operation = asked.operation
        arguments: dict[str, Any] = {}
        try:
            for name, adapter in operation.path_adapters.items():
                arguments[name] = adapter.validate_strings(asked.path[name])
        except ValidationError:
            raise NotFoundError("there is nothing at this path") from None
        query = read_query(operation.query, asked.query)
        if query is not None:
            arguments["query"] = query
        if operation.body is not None:
            arguments["body"] = read_body(operation.body, asked.body)
        call = ApiCall(self.project, token, asked.headers.get("if-match", ""))
        with audit.coming_from(asked.address):
            returned = operation.endpoint(call, **arguments)
        headers = dict(_NO_STORE)
        if isinstance(returned, Tagged):
            if returned.etag:
                headers["ETag"] = returned.etag
            if returned.location:
                headers["Location"] = f"{PREFIX}{returned.location}"
            known = _tags(asked.headers.get("if-none-match", ""))
            if operation.method == "GET" and known & {"*", returned.etag}:
                return Response(status_code=304, headers=headers)
            returned = returned.content
        if returned is None:
            return Response(status_code=204, headers=headers)
        return Response(to_json(returned), operation.status, headers, JSON)


def _refusal(asked: _Asked, token: ApiToken) -> Response | None:
    """What stands in the headers against an answer, if anything does."""
    operation, headers = asked.operation, asked.headers
    if not token.may(operation.scope):
        return _too_narrow(operation.scope)
    if not _takes_json(headers.get("accept", "*/*")):
        return problem(406, f"answers are {JSON}")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation.body is not None and media_type != JSON:
        return problem(415, f"bodies are {JSON}", headers={"Accept": JSON})
    if operation.conditional:
        return _wrong_condition(headers.get("if-match"))
    return None


def _too_narrow(scope: Scope) -> Response:
    """What RFC 6750, section 3.1, says to a token that may not do this."""
    error = f'{_BEARER}, error="insufficient_scope", scope="{scope}"'
    return problem(403, f"this asks for the scope {scope}", headers={"WWW-Authenticate": error})


def _wrong_condition(if_match: str | None) -> Response | None:
    remedy = "send the ETag that it was read with, or *"
    if if_match is None:
        return problem(428, "this asks for If-Match", remedy=remedy)
    if not _IF_MATCH.match(if_match):
        return problem(400, "If-Match holds no ETag of this API", remedy=remedy)
    return None


def _first_headers(scope: AsgiScope) -> Mapping[str, str]:
    """Each header by its name in small letters; of one that comes twice the first."""
    pairs = reversed(scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


# The headers of an answer that go with it when it is given again.
_KEPT = ("content-type", "etag", "location", "cache-control")


class _Routes:
    """Operations by their paths: as many segments, and the first the same."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._shapes: dict[tuple[int, str], list[tuple[list[str], dict[str, Operation]]]] = {}
        templates: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            templates.setdefault(operation.path, {})[operation.method] = operation
        # What is written out goes before what a parameter takes.
        for template in sorted(templates, key=lambda path: path.replace("{", "~")):
            segments = template.split("/")
            shape = (len(segments), segments[3])
            self._shapes.setdefault(shape, []).append((segments, templates[template]))

    def find(self, path: str) -> tuple[Mapping[str, Operation], Mapping[str, str]]:
        """The operations of a path by their methods, and its parameters; none where there is no."""
        segments = path.split("/")
        first = segments[3] if len(segments) > 3 else ""
        for wanted, by_method in self._shapes.get((len(segments), first), ()):
            pairs = list(zip(wanted, segments, strict=True))
            if all(part == segment or part[:1] == "{" for part, segment in pairs):
                return by_method, {
                    part[1:-1]: segment for part, segment in pairs if part[:1] == "{"
                }
        return {}, {}


def _tags(header: str) -> frozenset[str]:
    """The ETags of an If-None-Match; one that a proxy made weak is the same."""
    return frozenset(tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip())


def _takes_json(accept: str) -> bool:
    """Whether an Accept header has a range that JSON is in (RFC 9110, section 12.5.1)."""
    if accept == "*/*":
        return True
    for entry in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in entry.split(";"))
        if media_range in ("*/*", "application/*", JSON) and "q=0" not in parameters:
            return True
    return False
