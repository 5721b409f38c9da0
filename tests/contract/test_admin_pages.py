"""Each page of the editors on each database, with something on it, and nothing."""

import pytest

from digest.roles import Role
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.admin_pages import HOME, AdminSite
from tests.contract.givens import subscribe
from tests.pipelines import open_pipeline
from tests.sites import DAILY, fill, make_project

PATHS = (
    "/admin",
    "/admin/sending",
    "/admin/subscribers",
    "/admin/subscribers?q=AD",
    "/admin/subscribers?q=example",
    "/admin/subscribers?state=suppressed",
    "/admin/stories",
    "/admin/sources",
    "/admin/sources/seeds",
    "/admin/numbers",
    "/admin/record",
    "/admin/account",
    "/admin/accounts",
    "/admin/tokens",
    "/admin/webhooks",
)


@pytest.fixture
def pages(url, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGEST_DATABASE_URL", url)
    with open_pipeline(make_project(tmp_path / "project", DAILY, site=HOME)) as pipeline:
        yield AdminSite(pipeline, make_app(pipeline, AdminPlace(on_site=True)))


def test_every_page_is_shown(pages):
    browser = pages.browser(Role.OWNER)
    for path in PATHS:
        assert browser.get(path).status_code == 200, path
    fill(pages.pipeline, days=0)
    with pages.project.database.write() as connection:
        (ada,) = subscribe(connection, "ada@example.org")
    for path in (*PATHS, f"/admin/subscribers/{ada}", "/admin/stories/1"):
        assert browser.get(path).status_code == 200, path
    typed = {"address": "ada@example.org"}
    assert browser.submit(f"/admin/subscribers/{ada}/erase", typed).status_code == 303
    assert browser.submit("/admin/log-out").status_code == 303
    assert browser.get("/admin").status_code == 303
