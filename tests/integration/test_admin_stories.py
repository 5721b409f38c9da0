"""Stories and sources on the editors' pages."""

import re
from collections.abc import Iterator

import pytest

from digest.pipeline import Pipeline
from digest.roles import Role
from digest.services.admins import audit
from digest.services.explain.story import explain_story
from digest.services.issues.edit import edited_issue
from digest.services.keywords.save import save_list
from digest.services.sources.add_feed import NewFeed, add_feed, remove_feed
from digest.services.sources.all_feeds import feed_of
from digest.store import feeds, reports, stories
from digest.store.keyword_lists import ListKind
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
    assert "It has no keyword" in browser.get("/admin/keywords").text
    tried = browser.submit("/admin/keywords", {"keywords": "comet", "newsletter": "daily"}).text
    assert "It would leave out 1<" in tried
    assert "saved nowhere" in tried
    assert "blocked by the keyword comet" in tried
    tried = browser.submit("/admin/keywords", {"keywords": "+cup", "of": "source:times"}).text
    assert "it would change nothing" in tried
    assert "A publisher saves it" in tried
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


def test_a_publisher_saves_keywords_undoes_them_and_gives_them_back_to_the_settings(pages):
    project, ada = pages.project, pages.browser(Role.PUBLISHER)
    letter = project.config.first_newsletter
    with project.database.write() as connection:
        told = [
            keep_story(connection, headline=f"A {name} is seen").id for name in ("whale", "lynx")
        ]

    def in_issue() -> list[bool]:
        issue = edited_issue(project, letter, project.today(letter)).issue
        numbers = {story.id for story in issue.all_stories} if issue else set()
        return [number in numbers for number in told]

    def shown() -> str:
        return str(ada.get("/admin/keywords?of=newsletter:daily").text)

    def save(text: str, saw: int):
        form = {"of": "newsletter:daily", "keywords": text, "saw": str(saw)}
        return ada.submit("/admin/keywords/save", form)

    def turn(do: str) -> None:
        form = {"of": "newsletter:daily", "do": do}
        assert ada.submit("/admin/keywords/turn", form).status_code == 303

    form = {"of": "newsletter:daily", "keywords": "whale"}
    tried = ada.submit("/admin/keywords", form).text
    assert "It would leave out 1 more, and let through 0" in tried
    assert in_issue() == [True, True]
    assert save("whale", 0).status_code == 303
    assert in_issue() == [False, True]
    assert "Saved by Publisher" in shown()
    with project.database.read() as connection:
        story = stories.get(connection, told[0])
        assert story is not None
        why = explain_story(connection, project, story, (letter,)).ranks
    assert "blocked by the keyword whale" in str(why)
    meanwhile = save("lynx", 0)
    assert meanwhile.status_code == 409
    assert "Publisher changed this list meanwhile: it is whale" in meanwhile.text
    assert ">lynx</textarea>" in meanwhile.text
    version = re.search(r'name="saw" value="(\d+)"', meanwhile.text)
    assert version
    assert save("lynx", int(version[1])).status_code == 303
    assert in_issue() == [True, False]
    turn("undo")
    assert in_issue() == [False, True]
    turn("undo")
    assert in_issue() == [True, True]
    turn("redo")
    assert in_issue() == [False, True]
    turn("redo")
    assert in_issue() == [True, False]
    turn("settings")
    assert in_issue() == [True, True]
    assert "As in the settings" in shown()
    turn("undo")
    assert in_issue() == [True, False]
    turn("settings")
    done = actions(pages.pipeline, "newsletter daily")
    assert done.count("save keywords") == 4
    assert {"undo keywords", "redo keywords"} <= set(done)


def test_a_list_of_nobody_or_one_that_is_too_long_is_refused(pages):
    ada = pages.browser(Role.PUBLISHER)
    assert ada.submit("/admin/keywords/turn", {"do": "nonsense"}).status_code == 303
    assert ada.get("/admin/keywords?of=source:none").status_code == 404
    words = ";".join(f"word{number}" for number in range(201))
    long = ada.submit("/admin/keywords/save", {"of": "newsletter:daily", "keywords": words})
    assert (long.status_code, "at most 200" in long.text) == (400, True)


def test_what_is_saved_for_a_feed_blocks_what_it_tells_from_then_on(pages):
    project = pages.project
    added = add_feed(project, NewFeed("https://feeds.example.org/kw.xml", id="kw"), "tests")
    save_list(project, ListKind.SOURCE, added.id, "cup final;+sport", "Ada")
    with project.database.read() as connection:
        feed = feed_of(connection, project.config, added.id)
    assert feed is not None
    assert (feed.block, feed.keep) == (("cup final",), ("sport",))
    remove_feed(project, added.id, "Ada")
    add_feed(project, NewFeed("https://feeds.example.org/kw.xml", id="kw"), "tests")
    with project.database.read() as connection:
        feed = feed_of(connection, project.config, added.id)
    assert feed is not None
    assert (feed.block, feed.keep) == ((), ())
    remove_feed(project, added.id, "Ada")
