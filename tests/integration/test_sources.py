"""The operator's side of sources, by the real command against real feeds on loopback."""

import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from digest.store import feeds, reports, stories
from digest.store.database import Database
from digest.store.feeds import FeedRow
from digest.store.reports import ReportState, StoredReport
from tests.builders import report
from tests.feed_farm import Farm, Stall
from tests.integration.conftest import Project

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://times.example/feed"


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm(40) as farm:
        yield farm


@pytest.fixture
def project(project: Project) -> Project:
    project.env |= {
        "DIGEST_COLLECT_ALLOW": '["127.0.0.1"]',
        "DIGEST_NOW": "2026-11-20T12:00:00Z",
    }
    return project


@contextmanager
def store(project: Project) -> Iterator[sa.Connection]:
    database = Database("sqlite:///var/digest.db", project.root)
    with database.write() as connection:
        yield connection
    database.close()


def book(project: Project) -> str:
    return (project.root / "config" / "sources.toml").read_text()


def listed(project: Project) -> dict[str, dict[str, object]]:
    return {each["id"]: each for each in project.json("sources", "list")["sources"]}


def add_times(project: Project, **state: object) -> None:
    """A feed in the settings, and its state; nothing is fetched."""
    path = project.root / "config" / "sources.toml"
    path.write_text(f'{book(project)}\n[[sources]]\nid = "times"\nkind = "feed"\nurl = "{URL}"\n')
    with store(project) as connection:
        feeds.put(connection, FeedRow("times", URL, URL, **state))  # type: ignore[arg-type]


def serve_page(farm: Farm, path: str, html: str) -> str:
    async def answer(stall: Stall) -> None:
        await stall.answer("200 OK", html.encode(), Content_Type="text/html")

    farm.pages[path] = answer
    return f"http://127.0.0.1:{farm.port}{path}"


def test_a_feed_is_found_from_its_page_shown_and_added_once(project: Project, farm: Farm):
    before = book(project)
    link = '<link rel="alternate" type="application/rss+xml" href="/feed/4">'
    page = serve_page(farm, "/page", f"<html><head>{link}</head></html>")
    done = project.run("sources", "add", page, "--topic", "Space", "--weight", "2.5")
    assert "Farm 4" in done.stdout
    assert "30 items, the newest 20 Nov 00:29 UTC" in done.stdout
    assert book(project).startswith(before)
    assert tomllib.loads(book(project))["sources"][-1] == {
        "id": "farm-4",
        "kind": "feed",
        "url": farm.local_url(4),
        "topic": "space",
        "weight": 2.5,
    }
    for again in (page, farm.local_url(4) + "/?utm_source=x"):
        assert "as farm-4" in project.run("sources", "add", again, status=2).stderr


def test_of_a_page_with_several_feeds_one_is_to_be_chosen(project: Project, farm: Farm):
    before = book(project)
    links = "".join(
        f'<link rel="alternate" type="application/atom+xml" href="/feed/{n}" title="No {n}">'
        for n in (5, 6)
    )
    page = serve_page(farm, "/several", f"<html><head>{links}</head></html>")
    refused = project.run("sources", "add", page, status=2).stderr
    assert f"{farm.local_url(5)}  No 5" in refused
    assert f"{farm.local_url(6)}  No 6" in refused
    assert book(project) == before


def test_what_cannot_be_added_is_told_with_its_remedy_and_changes_nothing(
    project: Project, farm: Farm
):
    before = book(project)
    page = serve_page(farm, "/nothing", "<html><body>Welcome</body></html>")
    wrong = {
        (farm.local_url(9),): (1, "404"),
        (page,): (1, "is no feed, and links to none"),
        ("http://10.0.0.1/feed",): (1, "allow"),
        (farm.local_url(0), "--topic", "cooking"): (2, "known topics"),
        (farm.local_url(0), "--id", "seeds"): (2, "already"),
    }
    for arguments, (status, message) in wrong.items():
        assert message in project.run("sources", "add", *arguments, status=status).stderr
    assert book(project) == before


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("file:///etc/passwd", "give an address of the web"),
        ("http://127.0.0.2/feed", "if it is yours, name it in `allow`"),
        ("http://no-such-name.invalid/", "a slip in the name"),
        ("{farm}/feed/99", "open the address in a browser"),
        ("http://127.0.0.1:9/", "if it is yours, name it in `allow`"),
        ("http://127.0.0.1:{closed}/", "try again in a while"),
    ],
)
def test_what_a_test_cannot_fetch_is_told_with_the_remedy_that_helps(
    project: Project, farm: Farm, url: str, remedy: str
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    address = url.format(farm=f"http://127.0.0.1:{farm.port}", closed=closed)
    told = project.run("sources", "test", address, status=1).stderr
    *_, reason, line = told.splitlines()
    assert reason.startswith("Error: ")
    assert line.startswith("Remedy: ")
    assert remedy in line
    assert told.count("if it is yours") == ("allow" in remedy)


def test_a_test_shows_what_would_come_and_keeps_nothing(project: Project, farm: Farm):
    project.run("sources", "add", farm.local_url(0))
    found = project.json("sources", "test", "farm-0")
    assert found["title"] == "Farm 0"
    assert [item["outlook"] for item in found["items"]] == ["new"] * 30
    later = project.json("sources", "test", "farm-0", DIGEST_NOW="2026-11-22T12:00:00Z")
    assert {item["outlook"] for item in later["items"]} == {"old"}
    shown = project.run("sources", "test", farm.local_url(1)).stdout
    assert "new      20 Nov 00:00 UTC  Headline 0 of farm 1" in shown
    assert "and 20 more" in shown
    with store(project) as connection:
        assert not feeds.everything(connection)
        assert not feeds.visits(connection, ["farm-0"], datetime.min.replace(tzinfo=UTC))
    assert "is a folder" in project.run("sources", "test", "seeds", status=2).stderr


def test_a_broken_feed_is_not_added_and_one_without_news_is_not_well(project: Project, farm: Farm):
    def feed(path: str, items: str) -> str:
        return serve_page(farm, path, f"<rss><channel><title>Feed</title>{items}</channel></rss>")

    before = book(project)
    broken = serve_page(farm, "/broken", "<rss><chan")
    assert "broken XML" in project.run("sources", "add", broken, status=1).stderr
    assert book(project) == before
    old = (
        "<item><title>An old story</title><link>https://a.example/old</link>"
        "<description>It is told no more.</description>"
        "<pubDate>Mon, 30 Nov 2020 09:00:00 GMT</pubDate></item>"
    )
    added = project.run("sources", "add", feed("/empty", ""), "--id", "void").stdout
    assert "as long as it has no items" in added
    added = project.run("sources", "add", feed("/old", old), "--id", "old").stdout
    assert "It has told nothing for 2,181 days." in added
    project.run("collect")
    told = project.run("explain", "https://a.example/old?utm_source=rss").stdout
    assert told.startswith(
        "old: An old story\n  never mailed, because it is of 2020-11-30 09:00 UTC"
    )
    assert "no feed has told" in project.run("explain", "https://a.example/x", status=2).stderr
    states = {name: (each["state"], each["reason"]) for name, each in listed(project).items()}
    assert states["void"] == ("empty", "it has no items")
    assert states["old"] == ("silent", "nothing new for 2181 days")


def test_a_source_in_trouble_is_told_by_the_list_and_by_the_status(project: Project):
    add_times(project, last_success=NOW, next_at=NOW, last_error="answered 500", error_since=NOW)
    shown = {
        command: project.run(*command).stdout for command in (("sources", "list"), ("status",))
    }
    for text in shown.values():
        assert "1 source in trouble:" in text
        assert "times: failing since 21 Nov 12:00 UTC\n    answered 500\n" in text
        assert "-> digest sources test times" in text
        assert "seeds: " not in text
    assert max(map(len, shown["sources", "list"].splitlines())) <= 100
    (found,) = project.json("status")["sources"]
    assert (found["id"], found["state"], found["reason"]) == ("times", "failing", "answered 500")


def test_a_feed_is_paused_and_resumed(project: Project):
    add_times(project, last_success=NOW, next_at=NOW)
    project.run("sources", "pause", "times")
    found = listed(project)
    assert (found["seeds"]["state"], found["times"]["state"]) == ("never read", "paused")
    assert found["times"]["next_fetch"] is None
    project.run("sources", "resume", "times")
    with store(project) as connection:
        assert feeds.get(connection, "times") == FeedRow("times", URL, URL, last_success=NOW)


def quarantine(project: Project) -> None:
    """A feed that told three reports too many."""
    add_times(project, last_success=NOW)
    kept = [
        StoredReport(report(source="times", key=key, headline=key), standing=ReportState.KEPT_BACK)
        for key in "abc"
    ]
    with store(project) as connection:
        feeds.quarantine(connection, "times", "a flood", NOW)
        reports.add(connection, kept, NOW)


def standings(project: Project) -> dict[ReportState, int]:
    with store(project) as connection:
        return dict(feeds.tallies(connection, ["times"], NOW)["times"].standings)


def test_a_quarantine_is_told_everywhere_and_ends_by_a_release(project: Project):
    quarantine(project)
    shown = project.run("status").stdout
    assert "times: quarantined since 21 Nov 12:00 UTC, 3 reports kept back\n    a flood\n" in shown
    assert "-> digest sources release times" in shown
    previewed = project.run("preview").stderr
    assert "times is quarantined" in previewed
    assert "digest sources release times" in previewed
    done = project.run("sources", "release", "times").stdout
    assert "3 reports that had been kept back will be told" in done
    assert standings(project) == {ReportState.NEW: 3}
    assert "is not quarantined" in project.run("sources", "release", "times", status=1).stderr


def test_what_was_kept_back_can_be_dropped(project: Project):
    quarantine(project)
    done = project.run("sources", "release", "times", "--drop").stdout
    assert "3 reports that had been kept back will not be told" in done
    assert standings(project) == {ReportState.OLD: 3}


def test_a_source_is_removed_and_the_comments_stay(project: Project):
    add_times(project)
    path = project.root / "config" / "sources.toml"
    path.write_text(f"{book(project)}# The end.\n")
    project.run("sources", "remove", "times")
    assert "# The end." in book(project)
    assert "# Where stories come from." in book(project)
    assert [source["id"] for source in tomllib.loads(book(project))["sources"]] == ["seeds"]
    assert "no source 'times'" in project.run("sources", "remove", "times", status=2).stderr
    with store(project) as connection:
        assert feeds.everything(connection) == {}


OPML = """<?xml version="1.0"?>
<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "/etc/hostname">]>
<opml version="2.0"><body>
<outline text="News"><outline text="Space">
<outline type="rss" text="Orbit &amp; more" xmlUrl="https://orbit.example/feed"/></outline></outline>
<outline type="rss" text="Orbit again" xmlUrl="http://www.orbit.example/feed/?utm_source=rss"/>
<outline type="rss" xmlUrl="https://new.example/feed"/>
<outline type="rss" text="&x;&b;" xmlUrl="https://user:secret@a.example/feed"/>
<outline type="rss" text="Bad" xmlUrl="javascript:alert(1)"/>
</body></opml>
"""


def test_a_list_of_another_program_is_imported_and_its_bad_lines_are_named(project: Project):
    (project.root / "feeds.opml").write_text(OPML)
    found = project.json("sources", "import", "feeds.opml", status=1)
    assert [each["id"] for each in found["added"]] == ["orbit-more", "new-example"]
    assert len(found["known"]) == 1
    assert len(found["rejected"]) == 2
    assert "secret" not in str(found)
    first, second = tomllib.loads(book(project))["sources"][1:]
    assert (first["name"], first["topic"]) == ("Orbit & more", "space")
    assert "name" not in second
    again = project.json("sources", "import", "feeds.opml", status=1)
    assert (again["added"], len(again["known"])) == ([], 3)


def test_what_is_exported_can_be_imported(project: Project):
    (project.root / "feeds.opml").write_text(OPML)
    empty = book(project)
    project.run("sources", "import", "feeds.opml", status=1)
    before = tomllib.loads(book(project))["sources"]
    project.run("sources", "export", "out.opml")
    assert project.run("sources", "export").stdout == (project.root / "out.opml").read_text()
    (project.root / "config" / "sources.toml").write_text(empty)
    assert len(project.json("sources", "import", "out.opml")["added"]) == 2
    after = tomllib.loads(book(project))["sources"]
    assert {s["url"]: s.get("topic") for s in after[1:]} == {
        s["url"]: s.get("topic") for s in before[1:]
    }


def test_what_is_no_list_is_refused(project: Project):
    (project.root / "odd.opml").write_text("<html></html>")
    assert "is no OPML file" in project.run("sources", "import", "odd.opml", status=2).stderr
    missing = project.run("sources", "import", "nowhere.opml", status=2).stderr
    assert "nowhere.opml cannot be read" in missing


def test_what_a_source_repeats_is_no_bullet_and_is_named_by_explain(project: Project, farm: Farm):
    posts = {
        "A kettle without a sound": "The water boiled for ten minutes before anyone noticed.",
        "On belts": "The old lathe needed leather from Tuvel before it would turn.",
        "Drawings": "An archive in Drenia showed the plans of the dome that burned.",
        "Too many books": "The shelf gave way under the atlases on Tuesday evening.",
    }
    signature = "Nora Quill writes these lines in Lomar, 2026-11-{}, with two cats."
    link = "https://quill.example/"
    url = serve_page(farm, "/quill", "<rss><channel><title>Quill</title></channel></rss>")
    project.run("sources", "add", url, "--id", "quill")
    for hour, (title, text) in enumerate(posts.items()):
        item = (
            f"<item><title>{title}</title><link>{link}{hour}</link><description>"
            f"&lt;p&gt;{text}&lt;/p&gt;&lt;p&gt;{signature.format(hour + 10)}&lt;/p&gt;"
            f"</description><pubDate>Sat, 21 Nov 2026 1{hour}:30:00 GMT</pubDate></item>"
        )
        serve_page(farm, "/quill", f"<rss><channel><title>Quill</title>{item}</channel></rss>")
        now = f"2026-11-21T{12 + 2 * hour}:00:00Z"
        project.run("collect", DIGEST_NOW=now)

    with store(project) as connection:
        told = [stories.get(connection, number) for number in range(1, 5)]
    assert {story.headline: story.bullets for story in told if story} == {
        title: (text,) for title, text in posts.items()
    }
    explained = project.run("explain", "4", DIGEST_NOW=now).stdout
    assert f"  left out, since quill repeats it: {signature.format(13)}" in explained
    (report,) = project.json("explain", "1", DIGEST_NOW=now)["reports"]
    assert report["left_out"] == [signature.format(10)]
