"""The public site of a project with sealed issues: what is on it, and at which address."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from digest.errors import UsageError
from digest.model import Origin, SourceRef
from digest.pipeline import Pipeline
from digest.render.webmail import style_hash
from digest.store import stories
from digest.web.app import make_app
from tests.builders import DAY, picture
from tests.odd_pictures import saved, scene
from tests.pipelines import open_pipeline
from tests.sampling import examples
from tests.sites import (
    ARABIC,
    DAILY,
    POST,
    SITE,
    TIMES,
    fill,
    keep_story,
    make_project,
    open_site,
    seal_issue,
)

YESTERDAY = DAY - timedelta(days=1)
HOSTILE = "</script><script>alert(1)</script> \"&' {{ 7*7 }} <b>bold</b>"
ATOM = "{http://www.w3.org/2005/Atom}"
MOST_BYTES = 50_000


class Site:
    """A project, and a client that asks its site."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.letter = pipeline.project.config.settings.newsletters[0]
        self.client = TestClient(make_app(pipeline), base_url=SITE, follow_redirects=False)

    def tell(self, *changes, day=DAY, draft=False, letter=None):
        """An issue of stories with these differences; the stories."""
        with self.pipeline.project.database.write() as connection:
            told = [keep_story(connection, **each) for each in changes]
        seal_issue(self.pipeline, letter or self.letter, told, day=day, draft=draft)
        return told

    def get(self, path, status=200, **headers):
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return answer

    def text(self, path):
        return Page(self.get(path).text)


class Page(HTMLParser):
    """What a subscriber sees of a page, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.fields: list[tuple[str, str]] = []
        self._silent = 0
        self._words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes |= values.keys()
        self._silent += tag in ("script", "style", "title")
        if tag == "a":
            self.links.append(values["href"])
        if tag == "input" and (values.get("type") != "checkbox" or "checked" in values):
            self.fields.append((values["name"], values.get("value", "")))

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style", "title")

    def handle_data(self, data):
        if not self._silent:
            self._words.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())


@pytest.fixture
def pipeline(tmp_path) -> Iterator[Pipeline]:
    with open_site(tmp_path / "project", DAILY, ARABIC) as opened:
        yield opened


@pytest.fixture
def site(pipeline) -> Site:
    return Site(pipeline)


@pytest.fixture(scope="module")
def full(tmp_path_factory) -> Iterator[Site]:
    """A site that only looks are taken at."""
    with open_site(tmp_path_factory.mktemp("full") / "project", DAILY, ARABIC) as pipeline:
        fill(pipeline)
        yield Site(pipeline)


def addresses(site: Site) -> list[str]:
    """Every address of the site's map."""
    parts = re.findall("<loc>(.*?)</loc>", site.get("/sitemap.xml").text)
    found = []
    for part in parts:
        found += re.findall("<loc>(.*?)</loc>", site.get(part.removeprefix(SITE)).text)
    return [unescape(address).removeprefix(SITE) for address in found]


# The page of a story, line for line as the seed has it


def test_a_story_has_its_page_with_all_that_stands_in_the_seed(site):
    story, other = site.tell(
        {
            "headline": "Stem cells let a paralysed man stand",
            "bullets": ("Four men took part.", "One of them can stand.", "Experts are cautious."),
            "topic": "medicine",
            "dated": date(2025, 3, 24),
            "source_count": 3,
            "sources": (TIMES, POST),
            "picture": picture(alt="A man stands"),
        },
        {"headline": "Stem cells let a mouse see", "topic": "medicine"},
    )
    page = site.text(f"/stories/{story.slug}")
    assert page.tags.count("h1") == 1
    in_order = [
        "Medicine",
        "Stem cells let a paralysed man stand",
        "March 24, 2025",
        "In the issue of November 21, 2026",
        "Four men took part. One of them can stand. Experts are cautious.",
        "Summary based on 3 sources",
        "Example Times Example Post",
        "Get a daily email with more Medicine stories",
        other.headline,
        "More Stories",
    ]
    places = [page.words.index(words) for words in in_order]
    assert places == sorted(places)
    assert TIMES.url in page.links
    assert f"/stories/{other.slug}" in page.links
    assert "/topics/medicine" in page.links
    assert ("topics", "medicine") in page.fields
    assert ("newsletter", "daily") in page.fields
    name = f"/pictures/{'0' * 31}a.jpg"
    assert f'<img src="{name}" width="1200" height="630" alt="A man stands"' in page.html
    assert f'property="og:image" content="{SITE}{name}"' in page.html


def test_a_page_shows_which_source_each_point_is_from_and_what_a_machine_wrote(tmp_path):
    with open_site(tmp_path / "project", DAILY + "bullet_sources = true\n") as pipeline:
        site = Site(pipeline)
        (told,) = site.tell(
            {
                "bullets": ("It broke.", "Nobody was hurt."),
                "sources": (TIMES, POST),
                "origins": (Origin("post", "1", 2, 2), None),
                "machine_written": True,
            }
        )
        page = site.text(f"/stories/{told.slug}")
        assert "Written by a machine: It broke. (2) Nobody was hurt. Summary" in page.words
        assert "(1) Example Times (2) Example Post" in page.words
        assert "#source-2" in page.links
        assert 'id="source-2"' in page.html
        assert f'<meta name="description" content="{told.headline}">' in page.html
        for path in ("/", "/feeds/daily.xml", f"/topics/{told.topic}"):
            words = unescape(site.get(path).text)
            assert words.index("Written by a machine:") < words.index("It broke."), path


def test_facts_on_which_reports_differ_stand_side_by_side_with_who_says_so(full):
    page = full.text(story_path(full, 1))
    assert "Reports differ 12 dead Example Times 15 Example Post" in page.words


def story_path(site: Site, number: int) -> str:
    answer = site.get(f"/stories/{number}", 301)
    return str(answer.headers["location"])


def test_the_number_counts_and_another_slug_leads_to_the_right_one(site):
    (story,) = site.tell({"headline": "A headline"})
    right = f"/stories/{story.id}-a-headline"
    for slug in (
        f"{story.id}",
        f"{story.id}-",
        f"{story.id}-old-words",
        f"{story.id}-%F0%9F%92%A9",
    ):
        answer = site.get(f"/stories/{slug}", 301)
        assert answer.headers["location"] == right
    assert f'<link rel="canonical" href="{SITE}{right}">' in site.get(right).text


@pytest.mark.parametrize(
    "slug", ["0", "-1", "x", "1x", "01", "9" * 18, "9" * 400, "%20", "...", "1.0", "%00", "１", "²"]
)
def test_what_is_no_number_of_a_public_story_is_not_found(site, slug):
    site.tell({})
    site.get(f"/stories/{slug}", 404)


def test_only_stories_of_sealed_issues_are_public(site):
    (public,) = site.tell({"headline": "Told"}, day=YESTERDAY)
    (drafted,) = site.tell({"headline": "Drafted"}, draft=True)
    with site.pipeline.project.database.write() as connection:
        waiting = keep_story(connection, headline="Waiting")
    site.get(f"/stories/{public.slug}")
    for hidden in (drafted, waiting):
        site.get(f"/stories/{hidden.slug}", 404)
    site.get(f"/issues/daily/{DAY}", 404)
    everything = [site.get(path).text for path in addresses(site)]
    everything += [site.get(path).text for path in ("/feeds/daily.xml", "/feeds/topics/space.xml")]
    assert any("Told" in text for text in everything)
    assert not any("Drafted" in text or "Waiting" in text for text in everything)


def test_an_update_and_the_story_that_told_the_event_first_lead_to_each_other(site):
    (first,) = site.tell({"headline": "A volcano wakes"}, day=YESTERDAY)
    (update,) = site.tell(
        {"headline": "The volcano sleeps", "event_id": first.id, "update_since": YESTERDAY}
    )
    page = site.text(f"/stories/{update.slug}")
    assert "Update since Friday" in page.words
    assert f"/stories/{first.slug}" in page.links
    page = site.text(f"/stories/{first.slug}")
    assert "What came after The volcano sleeps" in page.words
    assert f"/stories/{update.slug}" in page.links


def test_a_story_that_lacks_nearly_everything_has_a_page(site):
    (story,) = site.tell({"bullets": (), "sources": (), "topic": "other"})
    page = site.text(f"/stories/{story.slug}")
    assert "Summary based on 1 source" in page.words
    assert "Get Example Daily by email" in page.words  # nobody can choose what has no topic
    assert [value for name, value in page.fields if name == "topics"] == []
    assert site.text("/topics/other").words.count(story.headline) == 1


def test_story_text_is_data_on_every_page_and_in_every_feed(site):
    changes = {
        "headline": HOSTILE,
        "bullets": (HOSTILE,),
        "sources": (SourceRef(HOSTILE, 'https://example.org/"><script>'),),
        "picture": picture(alt=HOSTILE),
    }
    (story,) = site.tell(changes)
    for path in ("/", f"/stories/{story.slug}", "/topics/space", "/issues", f"/issues/daily/{DAY}"):
        page = site.text(path)
        assert HOSTILE in page.words, path
        assert "<b>bold" not in page.html
        assert "<script>alert" not in page.html
    data = re.search(r'ld\+json">(.*?)</script>', site.get(f"/stories/{story.slug}").text)
    assert data is not None
    assert json.loads(data[1])["headline"] == HOSTILE
    for path in ("/feeds/daily.xml", "/feeds/topics/space.xml"):
        root = ET.fromstring(site.get(path).text)
        assert root.findtext(f"{ATOM}entry/{ATOM}title") == HOSTILE
        content = root.findtext(f"{ATOM}entry/{ATOM}content") or ""
        assert "<script>" not in content
        assert HOSTILE in Page(content).words


# Topics


def test_a_topic_has_its_stories_and_those_of_the_topics_below_it(site):
    site.tell({"headline": "A moon", "topic": "space"}, {"headline": "A pill", "topic": "medicine"})
    page = site.text("/topics/science")
    assert "A moon" in page.words
    assert "A pill" in page.words
    assert "/topics/space" in page.links
    page = site.text("/topics/space")
    assert "A moon" in page.words
    assert "A pill" not in page.words
    assert "/topics/science" in page.links


def test_a_topic_without_stories_says_so_and_an_unknown_one_is_not_found(site):
    site.tell({})
    assert "No story on this yet." in site.text("/topics/oceans").words
    for name in ("nonsense", "SPACE", "a b", "%2e%2e", "x" * 100):
        site.get(f"/topics/{name}", 404)
        site.get(f"/feeds/topics/{name}.xml", 404)


def test_a_topic_that_the_settings_have_no_more_keeps_its_page(site):
    site.tell({"topic": "deep-sea"})
    page = site.text("/topics/deep-sea")
    assert "Deep-Sea" in page.words
    assert page.fields == []


def test_a_long_topic_has_pages_and_no_page_beyond_the_last(site):
    site.tell(*({"headline": f"Moon {n:02}"} for n in range(21)))
    first, second = site.text("/topics/space"), site.text("/topics/space?page=2")
    assert "/topics/space?page=2" in first.links
    assert "Moon 20" in first.words
    assert "Moon 00" not in first.words
    assert "Moon 00" in second.words
    assert "/topics/space" in second.links
    assert f'href="{SITE}/topics/space?page=2"' in second.html
    for number in ("3", "0", "-1", "x", "1e1", "99999999999999999999", "1%00", " 1"):
        site.get(f"/topics/space?page={number}", 404)
    assert site.get("/topics/space?page=1&utm_source=x").text == first.html


# Issues


def test_an_issue_stands_on_the_site_as_it_was_mailed_and_with_nobodys_data(full):
    answer = full.get(f"/issues/daily/{DAY}")
    page = Page(answer.text)
    for story in ("A moon with a ring of its own", "A muon's half-life"):
        assert story in page.words
    assert "More Stories" in page.words
    assert "1 Example Street" in page.words
    assert not re.search(
        "slot-|unsubscribe|preferences|because this address", answer.text, re.IGNORECASE
    )
    assert f"/issues/daily/{YESTERDAY}" in page.links
    assert "/issues/daily" in page.links


def test_the_issue_has_one_style_element_which_its_policy_names(full):
    answer = full.get(f"/issues/daily/{DAY}")
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"'{style_hash(style)}'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "style" not in Page(answer.text).attributes


def test_a_sealed_issue_stays_as_it_was_mailed_when_its_story_is_told_anew(site):
    (story,) = site.tell({"headline": "As it was mailed"})
    with site.pipeline.project.database.write() as connection:
        stories.update(
            connection, replace(story, headline="As it is now"), site.pipeline.project.clock()
        )
    assert "As it was mailed" in site.text(f"/issues/daily/{DAY}").words
    assert "As it is now" in site.text(story_path(site, story.id)).words


@pytest.mark.parametrize("day", ["2026-11-22", "20261121", "2026-W47-6", "2026-13-01", "x", "%00"])
def test_a_date_without_an_issue_is_not_found(full, day):
    full.get(f"/issues/daily/{day}", 404)
    full.get(f"/issues/nobody/{DAY}", 404)


def test_the_archive_names_every_issue_under_its_month(site):
    days = [DAY - timedelta(days=ago) for ago in range(32)]
    for day in days:
        site.tell({"headline": f"Of {day}"}, day=day)
    first, second = site.text("/issues/daily"), site.text("/issues/daily?page=2")
    assert "November 2026" in first.words
    assert "October 2026" in first.words
    shown = [path for page in (first, second) for path in page.links if "/daily/" in path]
    assert shown == [f"/issues/daily/{day}" for day in days]
    for path in ("/issues/daily?page=3", "/issues/nobody"):
        site.get(path, 404)


def test_every_newsletter_has_its_archive_in_its_own_language(full):
    page = full.text("/issues")
    assert {"/issues/daily", "/issues/arabi"} <= set(page.links)
    for path in ("/issues/arabi", f"/issues/arabi/{DAY}"):
        assert re.search('<html[^>]* lang="ar" dir="rtl">', full.get(path).text)
    assert '<html lang="en" dir="ltr">' in full.get("/").text


def test_the_stories_of_a_newsletter_in_another_language_stay_among_themselves(full):
    arabic = next(path for path in addresses(full) if re.match(r"/stories/(3[3-9]|[4-6]\d)-", path))
    page = full.text(arabic)
    assert '<html lang="ar" dir="rtl">' in page.html
    assert "moon" not in page.words


# The front page


def test_the_front_page_has_the_latest_issue_and_a_form_with_its_topics(full):
    page = full.text("/")
    assert page.tags.count("h1") == 1
    assert "Saturday, November 21, 2026" in page.words
    assert "A moon with a ring of its own is seen beyond Neptune" in page.words
    assert "day 1" not in page.words.split("Get Example Daily by email")[0]
    assert ("newsletter", "daily") in page.fields
    assert ("timezone", "UTC") in page.fields
    assert "Time zone" not in page.words
    for topic in ("Space", "Neuroscience", "Computing"):
        assert topic in page.words
    assert "موجز العلوم" in page.words


def test_before_the_first_issue_it_says_when_that_comes(site):
    # It is noon; the issue of today was due at six.
    assert "The first issue comes on Sunday, November 22, 2026 at 6:00" in site.text("/").words
    assert "The first issue comes on Sunday" in site.text("/issues/daily").words
    site.get("/issues")
    for path in ("/feeds/daily.xml", "/feeds/topics/space.xml"):
        found = feedparser.parse(site.get(path).content)
        assert (found.bozo, found.entries) == (False, [])
    for address in addresses(site):
        site.get(address)


# Search


def test_a_search_shows_the_stories_that_have_the_words_and_marks_them(full):
    page = full.text("/search?q=moon%20ring&topic=space")
    assert "A moon with a ring of its own is seen beyond Neptune" in page.words
    assert "<mark>moon</mark>" in page.html
    assert "vaccine" not in page.words
    assert ("q", "moon ring") in page.fields
    assert "No story has all of that." in full.text("/search?q=zebra").words
    assert "Every story that was ever mailed" in full.text("/search").words


def test_a_search_has_pages_that_keep_what_was_asked(site):
    site.tell(*({"headline": f"Moon {n:02}"} for n in range(21)))
    first = site.text("/search?q=moon&source=times&page=1&since=2026-11-21")
    (second,) = [link for link in first.links if "page=2" in link]
    assert second == "/search?q=moon&source=times&since=2026-11-21&page=2"
    assert "Moon 00" in site.text(second).words
    site.get("/search?q=moon&page=3", 404)


@pytest.mark.parametrize(
    "query", ["q=%22", "q=-&source=%27", "since=2026-13-01", "topic=nonsense", "q=%00", "until=x"]
)
def test_a_search_that_says_little_fails_in_nothing(site, query):
    site.tell({"headline": HOSTILE})
    site.get(f"/search?{query}")
    assert HOSTILE in site.text("/search?source=times").words
    page = site.text("/search?q=alert")
    assert "<mark>alert</mark>" in page.html
    assert "<b>bold" not in page.html


def test_only_stories_of_sealed_issues_are_found(site):
    site.tell({"headline": "Drafted whales"}, draft=True)
    with site.pipeline.project.database.write() as connection:
        keep_story(connection, headline="Waiting whales")
    site.tell({"headline": "Told whales"}, day=YESTERDAY)
    page = site.text("/search?q=whales")
    assert "Told whales" in page.words
    assert "Drafted" not in page.words
    assert "Waiting" not in page.words


# What telephones and other sites show


def test_a_story_without_a_picture_has_a_card_for_other_sites(site):
    (story,) = site.tell({"headline": "A moon"})
    found = re.search(r'og:image" content="([^"]+)"', site.get(f"/stories/{story.slug}").text)
    assert found is not None
    path = found[1].removeprefix(SITE)
    card = site.get(path)
    assert card.headers["content-type"] == "image/png"
    assert "immutable" in card.headers["cache-control"]
    old = site.get(f"/cards/{story.id}-old.png")
    assert (old.content, "immutable" in old.headers["cache-control"]) == (card.content, False)
    for name in ("0", "x", str(story.id + 1), "9" * 30):
        site.get(f"/cards/{name}.png", 404)


def test_icons_and_a_manifest_are_where_every_page_says(full):
    page = full.get("/").text
    for address in re.findall(
        r'<link rel="(?:icon|apple-touch-icon|manifest)" href="([^"]+)"', page
    ):
        assert full.get(unescape(address)).content
    manifest = full.get("/site.webmanifest").json()
    assert manifest["name"] == "Example Daily"
    assert [full.get(icon["src"]).headers["content-type"] for icon in manifest["icons"]] == [
        "image/png",
        "image/png",
    ]


def test_a_logo_stands_for_the_name_on_every_page_and_a_cover_for_those_without_a_picture(tmp_path):
    own = 'logo = "a.png"\nlogo_dark = "b.png"\ncover = "c.png"\n'
    root = make_project(tmp_path / "project", DAILY + own)
    for name, width, height in (("a.png", 200, 80), ("b.png", 200, 60), ("c.png", 1200, 630)):
        (root / name).write_bytes(saved(scene(width, height), "PNG"))
    with open_pipeline(root) as pipeline:
        site = Site(pipeline)
        site.tell({})
        for path in ("/", f"/issues/daily/{DAY}", "/nowhere"):
            page = site.client.get(path).text
            logo = re.search(r'<img src="([^"]+)" width="200" height="80" alt="Exa', page)
            dark = re.search(r'<source srcset="([^"]+)" width="200" height="60" media', page)
            assert logo is not None, path
            assert dark is not None, path
            assert site.get(logo[1]).headers["content-type"] == "image/png"
            assert site.get(dark[1]).content != site.get(logo[1]).content
        cover = re.search(r'og:image" content="([^"]+)"', site.get("/topics/space").text)
        assert cover is not None
        assert site.get(cover[1].removeprefix(SITE)).headers["content-type"] == "image/png"


# Feeds and the map


def test_the_feed_of_a_newsletter_tells_its_issues(full):
    answer = full.get("/feeds/daily.xml")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = feedparser.parse(answer.content)
    assert (found.bozo, found.version) == (False, "atom10")
    assert found.feed.title == "Example Daily"
    assert [entry.link for entry in found.entries[:2]] == [
        f"{SITE}/issues/daily/{DAY}",
        f"{SITE}/issues/daily/{YESTERDAY}",
    ]
    assert found.feed.updated == found.entries[0].updated == "2026-11-21T12:00:00+00:00"
    assert len({entry.id for entry in found.entries}) == len(found.entries) == 4


def test_each_feed_is_there_as_rss_with_the_same_entries(full):
    for path in ("/feeds/daily", "/feeds/topics/space"):
        answer = full.get(f"{path}.rss")
        assert answer.headers["content-type"].startswith("application/rss+xml")
        rss = feedparser.parse(answer.content)
        atom = feedparser.parse(full.get(f"{path}.xml").content)
        assert (rss.bozo, rss.version) == (False, "rss20")
        for field in ("id", "title", "link", "published_parsed"):
            of_both = [[entry[field] for entry in feed.entries] for feed in (rss, atom)]
            assert of_both[0] == of_both[1], field
        assert rss.feed.links[-1].href == f"{SITE}{path}.rss"
    full.get("/feeds/nobody.rss", 404)
    full.get("/feeds/topics/nonsense.rss", 404)


def test_an_entry_of_a_story_keeps_its_id_and_says_when_it_was_told_anew(site):
    (story,) = site.tell({"headline": "Before"})
    before = feedparser.parse(site.get("/feeds/topics/space.xml").content).entries[0]
    later = site.pipeline.project.clock() + timedelta(days=1)
    with site.pipeline.project.database.write() as connection:
        stories.update(connection, replace(story, headline="After"), later)
    fresh = Site(site.pipeline)
    after = feedparser.parse(fresh.get("/feeds/topics/space.xml").content).entries[0]
    assert (before.title, after.title) == ("Before", "After")
    assert before.id == after.id
    assert before.link != after.link
    assert before.updated < after.updated
    assert before.published == after.published


def test_the_map_has_every_public_page_and_each_of_them_is_there(full):
    found = addresses(full)
    assert len(found) == len(set(found))
    assert {"/", "/issues/daily", f"/issues/arabi/{DAY}", "/topics/space"} <= set(found)
    assert len([path for path in found if path.startswith("/stories/")]) == 64
    for path in found:
        answer = full.get(path)
        assert f'<link rel="canonical" href="{SITE}{path}">' in answer.text
    for part in ("stories-1", "stories-x", "issues-1999", "nothing", "stories--1", "pages-1"):
        full.get(f"/sitemap-{part}.xml", 404)


def test_robots_may_read_what_is_public(full):
    text = full.get("/robots.txt").text
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    for path in ("/preferences/", "/unsubscribe/", "/confirm/", "/address/"):
        assert f"Disallow: {path}" in text
    assert "Disallow: /stories" not in text


# What every page keeps to


def test_no_page_has_a_style_attribute_a_handler_or_a_script_of_another_site(full):
    for path in [*addresses(full), "/nowhere"]:
        page = Page(full.client.get(path).text)
        assert not [name for name in page.attributes if name == "style" or name.startswith("on")]
        for source in re.findall(r"<script src=\"([^\"]+)\"", page.html):
            assert source.startswith("/static/")
        assert page.tags.count("h1") == 1, path


def test_no_page_is_larger_than_fifty_kilobytes(full):
    for path in addresses(full):
        assert len(full.get(path).content) < MOST_BYTES, path


def test_every_link_within_the_site_leads_somewhere(full):
    seen = set()
    for path in addresses(full):
        seen |= {
            link
            for link in full.text(path).links
            if urlsplit(link).netloc in ("", "news.example.org")
        }
    paths = {urlsplit(link).path for link in seen} - {""}
    # Signing up is tested with the form.
    for path in paths - {"/sign-up"}:
        assert full.client.get(path).status_code == 200, path


def test_a_head_is_a_get_without_its_body(full):
    for path in (
        "/",
        "/stories/1",
        "/issues/daily",
        "/feeds/daily.xml",
        "/static/site.css",
        "/none",
    ):
        for coding in ("gzip", "identity"):
            told = {"accept-encoding": coding}
            got, head = full.client.get(path, headers=told), full.client.head(path, headers=told)
            assert head.status_code == got.status_code
            assert head.headers == got.headers
            assert head.content == b""


def test_what_a_browser_has_already_is_not_sent_again(full):
    first = full.get("/issues/daily")
    etag = first.headers["etag"]
    for known in (etag, f'"x", {etag}', etag.removeprefix("W/"), "*"):
        again = full.get("/issues/daily", 304, **{"If-None-Match": known})
        assert again.content == b""
        assert again.headers["etag"] == etag
        assert "content-length" not in again.headers
    full.get("/issues/daily", **{"If-None-Match": '"another"'})
    policy = full.get(f"/issues/daily/{DAY}").headers
    again = full.get(f"/issues/daily/{DAY}", 304, **{"If-None-Match": policy["etag"]})
    assert again.headers["content-security-policy"] == policy["content-security-policy"]


def test_a_file_of_the_site_is_kept_for_a_year_under_the_address_that_pages_name(full):
    (address,) = re.findall('href="(/static/site.css[^"]*)"', full.get("/").text)
    assert "immutable" in full.get(address).headers["cache-control"]
    assert "immutable" not in full.get("/static/site.css").headers["cache-control"]
    assert "immutable" not in full.get("/static/site.css?v=old").headers["cache-control"]
    for name in ("nothing.css", "../site.py", "..%2fsite.py", "%2e%2e/site.py", "site.css/x"):
        full.get(f"/static/{name}", 404)


def test_a_project_has_files_and_templates_of_its_own(site):
    root = site.pipeline.project.config.root
    (root / "static").mkdir()
    (root / "static" / "logo.svg").write_text("<svg/>")
    (root / "templates" / "web").mkdir(parents=True)
    (root / "templates" / "web" / "archives.html.j2").write_text(
        '{% extends "web/base.html.j2" %}'
        '{% block main %}<h1>Ours</h1> {{ site.asset("logo.svg") }}{% endblock %}'
    )
    page = site.text("/issues")
    assert "Ours /static/logo.svg?v=" in page.words
    assert site.get("/static/logo.svg").headers["content-type"] == "image/svg+xml"


def test_a_page_is_kept_for_the_seconds_of_the_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGEST_WEB_CACHE", "0")
    with open_site(tmp_path / "project", DAILY) as pipeline:
        site = Site(pipeline)
        site.tell({"headline": "First"}, day=YESTERDAY)
        assert "First" in site.text("/").words
        site.tell({"headline": "Second"})
        assert "Second" in site.text("/").words
        assert site.get("/").headers["cache-control"] == "public, max-age=0"


def test_a_project_without_a_newsletter_is_told_what_is_missing(tmp_path):
    with (
        open_site(tmp_path / "project", "\n") as pipeline,
        pytest.raises(UsageError, match="no newsletter"),
    ):
        make_app(pipeline)


ODD = st.text(max_size=30) | st.sampled_from(
    ["1", "1-x", "daily", "space", str(DAY), "..", "%", "\x00", "stories-0", "pages", "site.css"]
)


@settings(max_examples=examples(200), deadline=None)
@given(
    kind=st.sampled_from(
        [
            "stories",
            "topics",
            "issues",
            "issues/daily",
            "feeds",
            "feeds/topics",
            "static",
            "sitemap-",
        ]
    ),
    tail=ODD,
    end=st.sampled_from(["", ".xml", "/", "/x"]),
    query=st.dictionaries(st.sampled_from(["page", "v", "x"]), ODD, max_size=2),
    known=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
)
def test_no_address_makes_the_site_fail(full, kind, tail, end, query, known):
    path = f"/{kind}/" + quote(tail, safe="", errors="surrogatepass") + end
    answer = full.client.get(path, params=query, headers={"If-None-Match": known})
    assert answer.status_code in (200, 301, 304, 307, 404), path
