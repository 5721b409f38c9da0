"""Stories and sources on the editors' pages."""

from collections.abc import Iterator

import pytest

from digest.pipeline import Pipeline
from digest.roles import Role
from digest.services.admins import audit
from digest.store import feeds, reports
from digest.store.reports import ReportState, StoredReport
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.admin_pages import HOME, AdminSite
from tests.builders import report
from tests.pipelines import open_pipeline
from tests.sites import DAILY, keep_story, make_project

SCRIPT = "<script>alert(1)</script>"
SOURCES = """
[[sources]]
id = "seeds"
kind = "folder"
path = "seeds"

[[sources]]
id = "times"
kind = "feed"
url = "https://times.example.org/feed.xml"
name = "Example Times"
"""


def actions(pipeline: Pipeline, subject: str) -> list[str]:
    return [entry.action for entry in audit.latest(pipeline.project.database, subject=subject)]


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    root = make_project(tmp_path / "project", DAILY, site=HOME)
    (root / "config" / "sources.toml").write_text(SOURCES)
    with open_pipeline(root) as pipeline:
        yield AdminSite(pipeline, make_app(pipeline, AdminPlace(on_site=True)))


def test_a_story_is_relabelled_pinned_and_dropped_and_that_is_on_record(pages):
    with pages.project.database.write() as connection:
        story = keep_story(connection, headline=f"{SCRIPT} a comet", topic="space")
    browser = pages.browser(Role.EDITOR)
    listed = browser.get("/admin/stories", params={"topic": "space"}).text
    assert SCRIPT not in listed
    assert f"/admin/stories/{story.id}" in listed
    page = f"/admin/stories/{story.id}"
    browser.submit(f"{page}/topic", {"topic": "physics"})
    browser.submit(f"{page}/pin")
    browser.submit(f"{page}/unpin")
    browser.submit(f"{page}/drop")
    shown = browser.get(page).text
    assert "an admin" in shown or "admin" in shown
    assert "dropped" in shown
    assert SCRIPT not in shown
    browser.submit(f"{page}/restore")
    subject = f"story {story.id}"
    assert actions(pages.pipeline, subject) == ["restore", "drop", "unpin", "pin", "relabel"]
    assert browser.submit(f"{page}/topic", {"topic": "gossip"}).status_code == 303
    assert "this topic does not exist" in browser.get("/admin").text.lower()
    assert browser.get("/admin/stories/999").status_code == 404


def test_a_source_is_paused_and_resumed_and_a_quarantine_ended(pages):
    browser, feed = pages.browser(Role.EDITOR), pages.project.config.configured_feeds[0]
    assert "never read" in browser.get("/admin/sources").text
    browser.submit("/admin/sources/times/pause")
    assert "Ask it again" in browser.get("/admin/sources/times").text
    browser.submit("/admin/sources/times/resume")
    assert "Ask it again" not in browser.get("/admin/sources/times").text
    not_quarantined = browser.submit("/admin/sources/times/release")
    assert not_quarantined.status_code == 303
    assert "not quarantined" in browser.get("/admin/sources/times").text
    assert actions(pages.pipeline, "source times") == ["resume source", "pause source"]
    with pages.project.database.read() as connection:
        row = feeds.get(connection, feed.id)
    assert row is not None
    assert not row.paused
    assert browser.get("/admin/sources/nothing").status_code == 404


@pytest.mark.parametrize("what", ["http://127.0.0.1:1/feed", "nonsense", SCRIPT])
def test_a_try_of_what_cannot_be_asked_says_why(pages, what):
    browser = pages.browser(Role.EDITOR)
    answer = browser.submit("/admin/sources/try", {"what": what})
    assert answer.status_code == 303
    page = browser.get("/admin/sources").text
    assert 'role="alert"' in page
    assert SCRIPT not in page


def test_a_list_of_keywords_is_tried_and_what_one_blocked_is_told_after_all(pages):
    now = pages.project.clock()
    blocked = StoredReport(
        report(source="times", key="a", headline=f"A cup {SCRIPT}", summary="Text."),
        standing=ReportState.BLOCKED,
        reason="blocked by the keyword cup",
    )
    with pages.project.database.write() as connection:
        keep_story(connection, headline=f"{SCRIPT} a comet", topic="space", collected_at=now)
        reports.add(connection, [blocked], now)
        (number,) = [entry.id for entry in reports.blocked(connection, now)]
    browser = pages.browser(Role.EDITOR)
    assert "Nothing is saved" in browser.get("/admin/keywords").text
    tried = browser.submit("/admin/keywords", {"keywords": "comet"}).text
    assert "It would have blocked 1 of 1 item" in tried
    assert "blocked by the keyword comet" in tried
    tried = browser.submit("/admin/keywords", {"keywords": "+cup", "source": "times"}).text
    assert "It would have blocked 0 of 1 item" in tried
    assert SCRIPT not in tried
    refused = browser.submit("/admin/keywords", {"keywords": "a*b"})
    assert refused.status_code == 400
    assert "a * that is not at its end" in refused.text
    shown = browser.get("/admin/sources/times").text
    assert "blocked by the keyword cup" in shown
    assert "Tell it after all" in shown
    for _ in range(2):
        browser.submit("/admin/sources/times/unblock", {"report": number})
    page = browser.get("/admin/sources/times").text
    assert "is not blocked" in page
    assert "Tell it after all" not in page
    assert actions(pages.pipeline, f"report {number}") == ["tell after all"]
