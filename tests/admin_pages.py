"""The editors' pages in tests: accounts of each role, and browsers that are logged in.

with admin_site(root) as pages:
    browser = pages.browser(Role.EDITOR)
    assert browser.submit("/admin/account", {...}).status_code == 303
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.testclient import TestClient

from digest.pipeline import Pipeline
from digest.project import Project
from digest.roles import Role
from digest.services.admins import accounts, log_in
from digest.services.admins.log_in import Browser
from digest.services.admins.passwords import hash_password
from digest.services.admins.tokens import form_token
from digest.store import admins
from digest.store.admins import Admin
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.pipelines import open_pipeline
from tests.sites import DAILY, make_project

HOME = "http://localhost:8000"
PASSWORD = "correct horse battery staple"
BROWSER = Browser("203.0.113.7", "Firefox")


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)  # once: it takes its time by design


def add_account(project: Project, role: Role, *, email: str = "", name: str = "") -> Admin:
    """An account with PASSWORD; `editor@example.org`, called Editor, where nothing else is said."""
    email = email or f"{role}@example.org"
    admin = accounts.add_admin(project, email, name or role.title(), role, "tests")
    with project.database.write() as connection:
        admins.set_password(connection, admin.id, _password_hash())
        found = admins.get(connection, admin.id)
    assert found is not None
    return found


class AdminBrowser(TestClient):
    """A browser with a session, or without one; it follows no redirect."""

    def __init__(self, app: Starlette, project: Project, token: str = "") -> None:
        super().__init__(app, base_url=HOME, follow_redirects=False, client=("203.0.113.7", 5000))
        self.project = project
        self.token = token
        if token:
            self.cookies.set("digest-session", token)

    def submit(
        self, path: str, data: Mapping[str, Any] | None = None, **options: Any
    ) -> httpx2.Response:
        """Send a form as a page of ours would, with the token of this browser."""
        token = form_token(self.project.links.key, self.token)
        fields = {"form_token": token, **(data or {})}
        return self.post(path, data=fields, **options)


@dataclass(frozen=True)
class AdminSite:
    """A project whose editors' pages are on its site."""

    pipeline: Pipeline
    app: Starlette

    @property
    def project(self) -> Project:
        return self.pipeline.project

    def browser(self, role: Role) -> AdminBrowser:
        """Somebody of this role, logged in; the account is made where there is none."""
        with self.project.database.read() as connection:
            admin = admins.find(connection, f"{role}@example.org")
        admin = admin or add_account(self.project, role)
        return AdminBrowser(
            self.app, self.project, log_in.begin_session(self.project, admin, BROWSER)
        )

    def stranger(self) -> AdminBrowser:
        """Somebody who is not logged in."""
        return AdminBrowser(self.app, self.project)


@contextmanager
def admin_site(root: Path, *letters: str) -> Iterator[AdminSite]:
    """The editors' pages of a new project."""
    make_project(root, *(letters or (DAILY,)), site=HOME)
    with open_pipeline(root) as pipeline:
        yield AdminSite(pipeline, make_app(pipeline, AdminPlace(on_site=True)))


def text_of(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
