"""A feed is tried and added on the desk, or with --live: it counts beside those of the settings."""

from collections.abc import Iterator

import pytest

from digest.check import examine
from digest.errors import UsageError
from digest.pipeline import Pipeline
from digest.roles import Role
from digest.services.admins import audit
from digest.services.sources.add_feed import NewFeed, add_feed, remove_feed
from digest.services.sources.all_feeds import all_feeds, all_sources
from digest.services.stories.events import source_preferences
from digest.store import feeds
from digest.store.feeds import FeedRow
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.admin_pages import HOME, AdminSite
from tests.feed_farm import Farm
from tests.pipelines import open_pipeline
from tests.sites import DAILY, make_project

SOURCES = """
[[sources]]
id = "times"
kind = "feed"
url = "https://times.example.org/feed.xml"
"""
LOCAL = '\n[collect]\nallow = ["127.0.0.1"]\n'


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    root = make_project(tmp_path / "project", DAILY, site=HOME)
    (root / "config" / "sources.toml").write_text(SOURCES)
    with (root / "config" / "digest.toml").open("a") as settings:
        settings.write(LOCAL)
    with open_pipeline(root) as pipeline:
        yield AdminSite(pipeline, make_app(pipeline, AdminPlace(on_site=True)))


def known(pipeline: Pipeline) -> list[str]:
    return [feed.id for feed in pipeline.feeds()]


def test_what_was_tried_is_added_asked_with_the_next_round_and_taken_out_again(pages):
    editor = pages.browser(Role.EDITOR)
    with Farm(1) as farm:
        url = farm.local_url(0)
        tried = editor.submit("/admin/sources/try", {"what": url}).text
        assert "Nothing was kept" in tried
        assert known(pages.pipeline) == ["times"]
        answer = editor.submit(
            "/admin/sources/add", {"url": url, "title": "A Feed", "topic": "space", "name": "Paper"}
        )
        page = answer.headers["location"]
        assert page == "/admin/sources/a-feed"
        assert "added by Editor" in editor.get(page).text
        pages.pipeline.collect()
        assert len(farm.asked("/feed/0")) == 2, "the try, and the round"
        tried = editor.submit("/admin/sources/try", {"what": url}).text
        assert "It is a source already" in tried
        assert "/admin/sources/add" not in tried
    with pages.project.database.read() as connection:
        assert feeds.everything(connection)["a-feed"].last_success is not None
        preference = source_preferences(connection, pages.project.config).feeds["a-feed"]
    assert preference.topic == "space"
    again = editor.submit("/admin/sources/add", {"url": url, "title": "Another"})
    assert again.status_code == 303
    assert "is there already, as a-feed" in editor.get("/admin/sources").text
    editor.submit(f"{page}/remove")
    assert known(pages.pipeline) == ["times"]
    assert "no source any more" in editor.get("/admin/sources").text
    editor.submit("/admin/sources/times/remove")
    assert "config/sources.toml" in editor.get("/admin/sources/times").text
    assert known(pages.pipeline) == ["times"]
    actions = [e.action for e in audit.latest(pages.project.database, subject="source a-feed")]
    assert actions == ["remove source", "add source"]


def test_a_feed_that_moved_is_known_at_both_addresses_and_check_tells_how_an_added_one_fares(pages):
    project = pages.project
    old, new = "https://old.example.org/feed", "https://new.example.org/rss"
    add_feed(project, NewFeed(old, "Moved"), "ada")
    assert ("feeds", "2 feeds, 1 of them added beside the settings") in [
        (finding.place, finding.detail.partition(";")[0]) for finding in examine(project.config)
    ]
    failing = FeedRow("moved", old, new, failures=3, last_error=f"{new}: no connection")
    with project.database.write() as connection:
        feeds.put(connection, failing)
    for address in (old, new, "http://www.new.example.org/rss/"):
        with pytest.raises(UsageError, match="is there already, as moved"):
            add_feed(project, NewFeed(address, "Again"), "ada")
    [trouble] = [found for found in examine(project.config) if found.place == "source moved"]
    assert trouble.detail == f"failing: {new}: no connection"
    assert trouble.remedy == "`digest sources test moved`"


def test_a_viewer_adds_none_and_no_address_but_one_of_the_web_is_kept(pages):
    viewer = pages.browser(Role.VIEWER)
    assert viewer.submit("/admin/sources/add", {"url": "https://e.org/x"}).status_code == 403
    editor = pages.browser(Role.EDITOR)
    for url in ("", "file:///etc/passwd", "javascript:alert(1)", "/var/log"):
        editor.submit("/admin/sources/add", {"url": url, "title": "T"})
    assert known(pages.pipeline) == ["times"]


def test_one_name_is_one_source_and_that_of_the_settings_counts(pages):
    project = pages.project
    add_feed(project, NewFeed("https://one.example.org/feed", "Times"), "ada")
    assert known(pages.pipeline) == ["times", "times-2"]
    with pytest.raises(UsageError, match="there is a source 'times' already"):
        add_feed(project, NewFeed("https://two.example.org/feed", id="times"), "ada")
    add_feed(project, NewFeed("https://two.example.org/feed", id="late", topic="gone"), "ada")
    with project.database.read() as connection:
        late = next(f for f in all_feeds(connection, project.config) if f.id == "late")
        assert late.topic == "", "a topic that is none any more is no topic"
        # The settings name it, too, since somebody wrote it there.
        config = project.config
        both = type(config)(
            config.root,
            config.settings,
            config.topics,
            (*config.sources, late.model_copy(update={"url": "https://settings.example.org/"})),
        )
        urls = {source.id: getattr(source, "url", "") for source in all_sources(connection, both)}
    assert urls["late"] == "https://settings.example.org/"
    assert not remove_feed(project, "times", "ada")
