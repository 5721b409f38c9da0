"""Clicks as counts: from a mail over the site to a number, and to nothing of anybody."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from digest.app import make_issue_builder, make_previewer
from digest.check_clicks import click_findings
from digest.model import Claim, SourceRef, Subscriber, Subscription
from digest.services.issues.preview import IssueMail, Viewpoint
from digest.services.site.click_counter import click_thread
from digest.store import clicks, issues, subscribers
from digest.store.schema import metadata
from digest.web.app import make_app
from tests.browser import chromium, missing
from tests.builders import DAY, NOON
from tests.sites import DAILY, SITE, keep_story, open_site, seal_issue, serving

LETTER = DAILY + 'more_like_this = true\ncount_clicks = true\nimages = "none"\n'
# What a browser says of a page that somebody is shown (W3C Fetch Metadata Request Headers).
VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}


class World:
    """A sealed issue of two stories, and one that nobody was told."""

    def __init__(self, pipeline):
        self.pipeline, self.project = pipeline, pipeline.project
        (self.letter,) = self.project.config.settings.newsletters
        self.builder = make_issue_builder(self.project)
        self.report = "https://example.test/moon?a=1&b=ü#part"
        sources = (SourceRef("Example Times", self.report), SourceRef("Example Post"))
        with self.project.database.write() as connection:
            self.moon = keep_story(connection, headline="A moon", topic="space", sources=sources)
            self.pill = keep_story(connection, headline="A pill", topic="medicine", sources=sources)
            self.secret = keep_story(connection, headline="Not told yet", sources=sources)
        self.issue = seal_issue(pipeline, self.letter, [self.moon, self.pill])
        self.app = make_app(pipeline)
        self.site = self.app.state.site

    def visitor(self, host="203.0.113.7"):
        return TestClient(self.app, SITE, follow_redirects=False, client=(host, 4000))

    def mails(self, letter=None):
        """What two subscribers get, without what is theirs alone."""
        letter = letter or self.letter
        _, rendered = self.builder.render(self.issue, letter)
        messages = self.builder.messages_of(self.issue, rendered, letter)
        for number in (1, 2):
            envelope = messages.envelope(
                Claim(number, Subscriber(number, f"{number}@example.org"), frozenset(), 1)
            )
            assert envelope is not None
            yield message_from_bytes(envelope.message, policy=policy.SMTP)

    def counted(self):
        self.site.clicks.write()
        with self.project.database.read() as connection:
            by_story = clicks.by_story(connection, "daily", DAY, 9)
            assert sum(found.count for found in by_story) == sum(
                clicks.by_day(connection, "daily", DAY).values()
            )
        return {found.story_id: found.count for found in by_story}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("clicks") / "project", LETTER) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_world(pipeline):
    return World(pipeline)


@pytest.fixture
def world(one_world):
    with one_world.project.database.write() as connection:
        connection.execute(sa.delete(metadata.tables["clicks"]))
    one_world.site.__dict__.pop("clicks", None)  # a counter that has seen nobody yet
    return one_world


def links_of(part):
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', part)]


def test_links_of_stories_lead_over_the_site_and_the_same_for_everybody(world):
    one, two = world.mails()
    html, text = (one.get_body((kind,)).get_content() for kind in ("html", "plain"))
    counted = [link for link in links_of(html) if "/go/" in link]
    moon, pill = (f"{SITE}/go/daily/{told.id}" for told in (world.moon, world.pill))
    assert set(counted) == {f"{moon}/0", f"{moon}/1", f"{pill}/0", f"{pill}/1"}
    assert [link for link in links_of(two.get_body(("html",)).get_content()) if "/go/" in link] == (
        counted
    )
    # What is a subscriber's, the newsletter's, or read by its address, is as without.
    others = {link.removeprefix(SITE).split("/")[1] for link in links_of(html) if SITE in link}
    assert others == {
        "go",
        "like",
        "sign-up?newsletter=daily",
        "issues",
        "preferences",
        "unsubscribe",
    }
    assert "/go/" not in text
    assert world.report in text.replace("\r\n", "")
    assert "/go/" not in one["List-Unsubscribe"]
    for link in set(counted):
        answer = world.visitor().get(link.removeprefix(SITE))
        told = world.moon if moon in link else world.pill
        page = f"{SITE}/stories/{told.slug}"
        leads_to = "https://example.test/moon?a=1&b=%C3%BC#part"
        assert answer.headers["Location"] == (page if link.endswith("/0") else leads_to)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert world.counted() == {}  # none of them was a browser's


def test_whoever_gets_it_or_signs_up_is_told(world):
    sentence = "How often the links of a story are followed is counted, but not by whom."
    mail = next(world.mails())
    for kind in ("html", "plain"):
        assert sentence in " ".join(mail.get_body((kind,)).get_content().split())
    assert sentence in world.visitor().get("/sign-up?newsletter=daily").text
    with world.project.database.write() as connection:
        subscribers.put_all(connection, "daily", [Subscription("ada@example.org")], NOON)
        number = subscribers.find_id(connection, "ada@example.org")
    assert number is not None
    preferences = world.project.links.preferences("daily", number).removeprefix(SITE)
    assert sentence in world.visitor().get(preferences).text
    assert sentence not in world.visitor().get(f"/issues/daily/{DAY}").text  # its links are plain


def test_a_switch_that_is_thrown_after_the_seal_changes_no_mail(world):
    _, rendered = world.builder.render(world.issue, world.letter)
    for letter in (world.letter, replace(world.letter, count_clicks=False)):
        variant = world.builder.messages_of(world.issue, rendered, letter).variant(frozenset())
        assert variant is not None
        assert variant.mailed.html.count("/go/daily/") == 4


def test_a_mail_of_several_issues_names_each_story_as_its_own_issue_does(world):
    with world.project.database.write() as connection:
        star = keep_story(connection, headline="A star", topic="space")
    later = DAY + timedelta(days=1)
    seal_issue(world.pipeline, world.letter, [star], day=later)
    with world.project.database.read() as connection:
        record = issues.find(connection, "daily", later)
        assert record is not None
        assert record.rendered is not None
        messages = world.builder.messages_of(record.issue, record.rendered, world.letter)
        messages.catch_up = lambda since: world.builder.catch_up(
            connection, record, world.letter, since
        )
        told = messages.variant(frozenset(), since=DAY)
        alone = messages.variant(frozenset())
    named = set(re.findall("/go/daily/([0-9]+)/", told.mailed.html))
    assert named == {str(story.id) for story in (world.moon, world.pill, star)}
    assert set(re.findall("/go/daily/([0-9]+)/", alone.mailed.html)) == {str(star.id)}


def test_off_there_is_no_trace_of_it_in_a_mail(world, tmp_path):
    with open_site(tmp_path / "off", DAILY + 'images = "none"\n') as off:
        unset = World(off)
        plain = [bytes(mail) for mail in unset.mails()]
        assert not any(b"/go/" in mail or b"counted" in mail for mail in plain)
        on = next(unset.mails(replace(unset.letter, count_clicks=True)))
        assert b"/go/" in bytes(on)
        visitor = unset.visitor()
        answer = visitor.get(f"/go/daily/{unset.moon.id}/1", headers=VISIT)
        assert answer.status_code == 302  # links of mails from before it was switched off
        assert unset.counted() == {}


def test_only_what_somebody_is_shown_as_a_page_is_counted_and_once_a_network(world):
    path = f"/go/daily/{world.moon.id}/1"
    not_shown = [
        {},
        {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0 Safari/537.36"},
        VISIT | {"Sec-Purpose": "prefetch;prerender"},
        VISIT | {"Purpose": "prefetch"},
        VISIT | {"Sec-Fetch-Dest": "iframe"},
        VISIT | {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    ]
    for headers in not_shown:
        assert world.visitor().get(path, headers=headers).status_code == 302
    assert world.visitor().head(path, headers=VISIT).status_code == 302
    assert world.counted() == {}
    for host in ("203.0.113.7", "203.0.113.8", "198.51.100.1", "2001:db8::1", "2001:db8::2"):
        world.visitor(host).get(path, headers=VISIT)
    assert world.counted() == {world.moon.id: 3}
    world.visitor().get(f"/go/daily/{world.pill.id}/0", headers=VISIT)
    assert world.counted() == {world.moon.id: 3, world.pill.id: 1}


def test_what_names_no_link_of_a_sealed_issue_is_not_found(world):
    told, secret = world.moon.id, world.secret.id
    paths = [f"{told}/2", f"{told}/3", f"{told}/00", f"{told}/-1", f"{secret}/0", f"{secret}/1"]
    paths += ["999999/0", f"{'9' * 30}/0", "0/0", f"{told}", f"{told}/1/1", "%00/0", "//evil.test"]
    for path in [f"/go/daily/{path}" for path in paths] + [f"/go/none/{told}/0", "/go/%00/1/0"]:
        assert world.visitor().get(path, headers=VISIT).status_code == 404, path
    assert world.visitor().post(f"/go/daily/{told}/1").status_code == 405
    assert world.counted() == {}


def test_whoever_looks_at_a_mail_finds_links_that_are_not_counted(world):
    previewer = make_previewer(world.project)
    _, rendered = world.builder.render(world.issue, world.letter)
    mail = IssueMail(world.letter, world.issue, rendered)
    preview = previewer.show(mail, Viewpoint())
    assert preview is not None
    assert "/go/" not in preview.html
    assert "/go/" in preview.source
    test = previewer.test_envelope(mail, Viewpoint(), "editor@example.org")
    assert test is not None
    assert b"/go/" not in test.message
    page = world.visitor().get(f"/issues/daily/{DAY}").text
    leads_to = world.report.replace("ü", "%C3%BC")
    assert {leads_to, f"{SITE}/stories/{world.moon.slug}"} <= set(links_of(page))
    assert "/go/" not in page
    # What is mailed is, to the byte, the message of the preview.
    messages = world.builder.messages_of(world.issue, rendered, world.letter)
    claim = Claim(0, Subscriber(0, "reader@example.org"), frozenset(), 0)
    envelope = messages.envelope(claim)
    assert envelope is not None
    assert envelope.message == preview.envelope.message


def test_a_database_that_is_away_keeps_nobody_from_a_story_and_loses_no_count(world):
    site = world.site
    with click_thread(site.clicks, site.counted_links, every=60):  # it reads the last issue
        world.visitor("198.51.100.1").get(f"/go/daily/{world.pill.id}/1", headers=VISIT)
    with world.project.database.read() as connection:  # what was counted is written at its end
        assert clicks.by_day(connection, "daily", DAY) == {DAY: 1}
    away = sa.event.listens_for(world.project.database.engine, "do_execute")

    @away
    def refuse(*_):
        raise sa.exc.OperationalError("", {}, Exception("the server is away"))

    try:
        answer = world.visitor().get(f"/go/daily/{world.pill.id}/1", headers=VISIT)
        assert answer.status_code == 302
        site.clicks.write()
    finally:
        sa.event.remove(world.project.database.engine, "do_execute", refuse)
    assert world.counted() == {world.pill.id: 2}


def test_check_asks_whether_the_site_answers_and_can_tell_a_visit(world):
    def findings(site):
        settings = world.project.config.settings.model_copy(update={"site_url": site})
        config = replace(world.project.config, settings=settings)
        return [(found.level, found.detail) for found in click_findings(config, world.letter)]

    with serving(world.app) as url:
        assert [level for level, _ in findings(url)] == ["ok"]
    ((level, detail),) = findings(url)
    assert level == "warning"
    assert "lead over the site, which does not answer" in detail
    (level, detail), _ = findings("http://0.0.0.0:1")
    assert level == "warning"
    assert "browsers tell a visit by https alone" in detail


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_browser_counts_once(world):
    with serving(world.app) as url, chromium() as browser:
        link = f"{url}/go/daily/{world.moon.id}/1"
        page = browser.new_page()
        loaded_in_it = f'<img src="{link}"><iframe src="{link}"></iframe>'
        page.set_content(
            f'{loaded_in_it}<link rel="prefetch" href="{link}"><a href="{link}">A moon'
        )
        page.wait_for_load_state("networkidle")
        assert world.counted() == {}
        with page.expect_request("https://example.test/moon**"):
            page.click("a")
    assert world.counted() == {world.moon.id: 1}
