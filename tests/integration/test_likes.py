"""More like this, less like this: from the links of a mail to the mails that follow."""

import re
from email import message_from_bytes, policy

import pytest
from starlette.testclient import TestClient

from digest.app import make_issue_builder
from digest.model import Claim, SourceRef, Subscriber, Subscription
from digest.services.subscribers import personal_data, unsubscribe
from digest.store import preferences, subscribers
from digest.store.personal_data import stored_of
from digest.store.unsubscribes import UnsubscribeMethod
from digest.web.app import make_app
from tests.builders import DAY, NOON
from tests.sites import DAILY, SITE, keep_story, open_site, seal_issue

LETTER = DAILY + "more_like_this = true\nmax_stories = 2\nstories_per_topic = 1\n"
TIMES, POST = SourceRef("Example Times"), SourceRef("Example Post")
EMAIL = "ada@example.org"


class World:
    """A sealed issue of two stories in full and one that is named, and somebody who gets it."""

    def __init__(self, pipeline):
        self.pipeline, self.project = pipeline, pipeline.project
        (self.letter,) = self.project.config.settings.newsletters
        self.browser = TestClient(make_app(pipeline), base_url=SITE, follow_redirects=False)
        with self.project.database.write() as connection:
            self.moon = keep_story(connection, headline="A moon", topic="space", sources=(TIMES,))
            self.pill = keep_story(connection, headline="A pill", topic="medicine", sources=(POST,))
            self.reef = keep_story(connection, headline="A reef", topic="oceans", sources=(POST,))
            self.secret = keep_story(connection, headline="Not told yet")
            subscribers.put_all(connection, "daily", [Subscription(EMAIL)], NOON)
            number = subscribers.find_id(connection, EMAIL)
            assert number is not None
            self.number = number
        self.issue = seal_issue(pipeline, self.letter, [self.moon, self.pill], more=[self.reef])
        builder = make_issue_builder(self.project)
        _, rendered = builder.render(self.issue, self.letter)
        self.messages = builder.messages_of(self.issue, rendered, self.letter)

    def mail(self):
        claim = Claim(1, Subscriber(self.number, EMAIL), frozenset(), 1, likes=self.likes)
        envelope = self.messages.envelope(claim)
        assert envelope is not None
        return message_from_bytes(envelope.message, policy=policy.SMTP)

    def page(self, story, way="more"):
        whole = self.project.links.likes("daily", self.number).removeprefix(SITE)
        return f"{whole}/{story.id}/{way}"

    def click(self, story, way):
        return self.browser.post(self.page(story, way), data={"way": way})

    @property
    def likes(self):
        with self.project.database.read() as connection:
            person = preferences.find(connection, self.number)
            found = preferences.subscriptions_of(connection, person) if person else {}
        return found["daily"].likes if found else ()

    def preferences(self):
        return self.project.links.preferences("daily", self.number).removeprefix(SITE)


@pytest.fixture
def world(tmp_path):
    with open_site(tmp_path / "project", LETTER) as pipeline:
        yield World(pipeline)


def test_the_links_of_a_mail_lead_to_buttons_that_change_the_next_one(world):
    mail = world.mail()
    html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
    links = [link.removeprefix(SITE) for link in re.findall(r'href="([^"]+/like/[^"]+)"', html)]
    assert links == [
        world.page(s, way) for s in (world.moon, world.pill) for way in ("more", "less")
    ]
    for story in (world.moon, world.pill):
        assert f"{SITE}{world.page(story).removesuffix('/more')}" in text.split()
    for link in links:
        shown = world.browser.get(link)
        assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
        assert world.browser.head(link).status_code == 200
    assert world.likes == ()  # GET and HEAD change nothing

    assert "A pill" in world.browser.get(world.page(world.pill, "less")).text
    answer = world.click(world.pill, "less")
    assert answer.status_code == 303
    page = world.browser.get(answer.headers["Location"]).text
    assert "Medicine: less (1 of 3)" in page
    assert "Example Post: less (1 of 3)" in page
    assert world.likes == (("topic:medicine", -1), ("source:Example Post", -1))
    told = world.messages.variant(frozenset(), likes=world.likes).issue
    assert [story.headline for story in told.stories] == ["A moon", "A reef"]
    assert [story.headline for story in told.more] == ["A pill"]
    assert "A pill" in world.mail().get_body(("html",)).get_content()


def test_after_the_other_button_the_page_is_that_of_the_other_button(world):
    answer = world.browser.post(world.page(world.moon, "less"), data={"way": "more"})
    assert answer.headers["Location"] == f"{world.page(world.moon, 'more')}?saved=1"
    page = world.browser.get(answer.headers["Location"]).text
    assert "<h1>More like this</h1>" in page
    forgotten = world.browser.post(world.page(world.moon, "less"), data={"forget": "topic:space"})
    page = world.browser.get(forgotten.headers["Location"]).text
    assert "<h1>More or less like this</h1>" in page


def test_what_is_wanted_can_be_seen_and_undone_in_the_preferences_and_comes_back(world):
    world.click(world.moon, "less")
    world.click(world.moon, "less")
    page = world.browser.get(world.preferences()).text
    assert "Space: less (2 of 3)" in page
    form = {"forget": "source:Example Times"}
    answer = world.browser.post(f"{world.preferences()}/likes", data=form)
    assert answer.headers["Location"].endswith("?saved=likes#likes")
    assert world.likes == (("topic:space", -2),)
    world.browser.post(world.page(world.moon), data={"forget": "topic:space"})
    assert world.likes == ()
    world.click(world.moon, "more")
    world.click(world.pill, "more")
    with world.project.database.write() as connection:  # left, and back again
        unsubscribe.leave(connection, world.number, "daily", UnsubscribeMethod.PAGE, NOON)
    assert "would change nothing" in world.browser.get(world.page(world.moon)).text
    world.click(world.moon, "more")
    with world.project.database.write() as connection:
        unsubscribe.rejoin(connection, world.number, "daily", NOON)
    assert dict(world.likes)["topic:space"] == 1
    world.browser.post(f"{world.preferences()}/likes")
    assert world.likes == ()


def test_it_is_exported_and_erased_with_the_person(world):
    world.click(world.reef, "more")
    with world.project.database.read() as connection:
        person = preferences.find(connection, world.number)
        assert person is not None
        stored = stored_of(connection, person)
    (subscription,) = stored["subscriptions"]
    assert dict(subscription["likes"]) == {"topic:oceans": 1, "source:Example Post": 1}
    personal_data.erase(world.project.database, world.number, NOON)
    assert world.likes == ()
    assert world.browser.get(world.page(world.reef)).status_code == 410
    assert world.click(world.reef, "more").status_code == 410


def test_a_link_shows_what_was_told_alone_and_works_for_whom_it_was_signed(world):
    assert world.browser.get(world.page(world.secret)).status_code == 410
    assert world.click(world.secret, "more").status_code == 410
    token = world.preferences().rpartition("/")[2]  # a link of another purpose
    odd = ["/like/forged/1/more", f"/like/{token}/1/more", world.page(world.moon, "so")]
    odd += [world.page(world.moon).replace(f"/{world.moon.id}/", f"/{n}/") for n in ("x", "9" * 30)]
    assert [world.browser.get(path).status_code for path in odd] == [404] * len(odd)
    assert [world.browser.post(path).status_code for path in odd[:2]] == [404, 404]
    assert world.likes == ()


def test_without_the_setting_no_mail_has_a_link_and_none_differs(tmp_path):
    with open_site(tmp_path / "project", DAILY) as pipeline:
        world = World(pipeline)
        assert "/like/" not in world.mail().as_string()
        base = world.messages.variant(frozenset())
        assert world.messages.variant(frozenset(), likes=(("topic:space", -3),)) is base
        assert "would change nothing" in world.browser.get(world.page(world.moon)).text
        world.click(world.moon, "more")
        assert world.likes == ()


def test_the_page_of_the_issue_has_no_link_of_a_subscribers(world):
    page = world.browser.get(f"/issues/daily/{DAY}").text
    assert "A moon" in page
    assert "/like/" not in page
