"""Programs that use the API in tests: every answer that they get is held against the document."""

import json
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
from starlette.applications import Starlette
from starlette.testclient import TestClient

from digest.pipeline import Pipeline
from digest.project import Project
from digest.roles import Role
from digest.scopes import Scope
from digest.services.admins import api_tokens
from digest.web.admin_port import AdminPlace
from digest.web.api.operation import PREFIX, Operation
from digest.web.app import make_app
from tests.pipelines import open_pipeline
from tests.sites import DAILY, make_project

HOME = "http://localhost:8000"


class ApiClient(TestClient):
    """A program with a token, or without; `api("GET", "/issues")`."""

    def __init__(self, site: "ApiSite", secret: str = "") -> None:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        super().__init__(site.app, base_url=HOME, headers=headers)
        self.site = site

    def api(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Ask, and hold the answer against the document."""
        answer = self.request(method, PREFIX + path, **options)
        self.site.check(method, answer)
        return answer


@dataclass(frozen=True)
class ApiSite:
    """A project whose API is on its site, beside the editors' pages."""

    pipeline: Pipeline
    app: Starlette

    @property
    def project(self) -> Project:
        return self.pipeline.project

    def client(
        self, name: str, role: Role = Role.OWNER, scopes: Collection[Scope] = tuple(Scope)
    ) -> ApiClient:
        """A program with a new token."""
        return ApiClient(self, self.secret(name, role, scopes))

    def secret(self, name: str, role: Role, scopes: Collection[Scope]) -> str:
        """That of a new token."""
        return api_tokens.add_token(self.project, name, role, scopes, 30, "tests")[1]

    @cached_property
    def document(self) -> Any:
        """The OpenAPI document, as whoever asks for it has it."""
        return ApiClient(self).get(f"{PREFIX}/openapi.json").json()

    @property
    def operations(self) -> list[Operation]:
        """All that is declared."""
        return list(self.app.routes[0].app.operations)  # type: ignore[attr-defined]

    def check(self, method: str, answer: httpx2.Response) -> None:
        """That an answer is one of those that the document has for what was asked."""
        path = answer.request.url.path
        templates = {
            template: re.sub(r"\{\w+\}", "[^/]+", template) for template in self.document["paths"]
        }
        fitting = [name for name, pattern in templates.items() if re.fullmatch(pattern, path)]
        # What is written out goes before what a parameter takes.
        described = self.document["paths"][min(fitting, key=lambda name: name.count("{"))]
        told = f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        responses = described[method.lower()]["responses"]
        assert str(answer.status_code) in responses, told
        response = responses[str(answer.status_code)]
        if "$ref" in response:
            response = self.document["components"]["responses"][str(answer.status_code)]
        if "content" not in response:
            assert answer.content == b"", told
            return
        ((media_type, content),) = response["content"].items()
        assert answer.headers["content-type"] == media_type, told
        schema = {**content["schema"], "components": self.document["components"]}
        validator = jsonschema_rs.validator_for(schema, validate_formats=True)
        faults = [str(fault) for fault in validator.iter_errors(json.loads(answer.content))]
        assert not faults, f"{told}\n{faults}"


@contextmanager
def api_site(root: Path, *letters: str, template: Path | None = None) -> Iterator[ApiSite]:
    """The API of a new project; a migrated `template` of its database saves a second."""
    make_project(root, *(letters or (DAILY,)), site=HOME)
    if template is not None:
        (root / "var").mkdir(mode=0o700)
        shutil.copy(template, root / "var" / "digest.db")
    with open_pipeline(root) as pipeline:
        yield ApiSite(pipeline, make_app(pipeline, AdminPlace(on_site=True, with_api=True)))
