"""Alerts between issues, from a story that many tell at once to the mail and the issue after it."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from digest.app import make_issue_builder
from digest.issue_edits import Edit, EditKind
from digest.model import Subscription
from digest.roles import Role
from digest.services.explain.describe_subscriber import describe_subscriber
from digest.services.explain.explain_alert import explain_alert
from digest.services.explain.read_facts import read_facts
from digest.services.issues import edit
from digest.services.subscribers import unsubscribe
from digest.store import alerts, notices, preferences, stories, subscribers
from digest.store import schema as tables
from digest.store.personal_data import stored_of
from digest.store.unsubscribes import UnsubscribeMethod
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.admin_pages import AdminSite
from tests.breaking_stories import CONFIG, PUBLISHERS, break_story
from tests.builders import DAY, NOON
from tests.pipelines import open_pipeline

HOME = "http://localhost:8000"
ADA, BEN, CLEO, DAN = (f"{name}@example.org" for name in ("ada", "ben", "cleo", "dan"))


class World:
    """A project in which a story can break, and four subscribers of whom two want alerts."""

    def __init__(self, pipeline):
        self.pipeline, self.project = pipeline, pipeline.project
        (self.letter,) = self.project.config.settings.newsletters
        self.browser = TestClient(make_app(pipeline), base_url=HOME, follow_redirects=False)
        self.numbers = {}
        zones = {ADA: None, BEN: "Pacific/Auckland", CLEO: None, DAN: None}
        for email, zone in zones.items():
            self.subscribe(email, zone)

    def subscribe(self, email, zone):
        topics = ("oceans",) if email == DAN else ()
        with self.project.database.write() as connection:
            batch = [Subscription(email, topics=topics, timezone=zone)]
            subscribers.put_all(connection, "daily", batch, NOON)
            number = subscribers.find_id(connection, email)
            assert number is not None
            self.numbers[email] = number
            wanted = email != CLEO
            preferences.choose(connection, number, "daily", alerts=wanted)

    def break_story(self, headline, *, ago=0, publishers=PUBLISHERS):
        """A story that these publishers told, ten minutes one after the other."""
        return break_story(self.project, headline, ago=ago, publishers=publishers)

    def mails(self):
        outbox = sorted((self.project.config.root / "outbox").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=policy.SMTP) for path in outbox]

    def run(self):
        self.pipeline.run()
        return self.mails()

    def link(self, email):
        return self.project.links.stop_alerts("daily", self.numbers[email]).removeprefix(HOME)


@pytest.fixture
def world(tmp_path, url):
    root = tmp_path / "project"
    (root / "config").mkdir(parents=True)
    text = CONFIG.format(url=url, more="")
    (root / "config" / "digest.toml").write_text(text)
    with open_pipeline(root) as pipeline:
        yield World(pipeline)


def test_a_story_that_breaks_is_told_once_to_those_who_are_awake_and_asked_for_it(world):
    number = world.break_story("A comet breaks up")
    world.break_story("An old comet", ago=300)
    world.break_story("A small comet", publishers=PUBLISHERS[:2])
    (mail,) = world.run()
    assert (str(mail["To"]), mail["Subject"]) == (ADA, "A comet breaks up")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"] == f"<{HOME}{world.link(ADA)}>"
    text = mail.get_body(("plain",)).get_content()
    assert "First bullet of 0." in text
    assert "Example Times: https://0.example.org/" in text
    assert f"Stop alerts: {HOME}{world.link(ADA)}" in text
    assert len(world.run()) == 1  # told is told
    world.break_story("A second comet breaks up")
    assert len(world.run()) == 1  # one a day
    with world.project.database.read() as connection:
        assert alerts.told_at(connection, "daily", [number]) == {number: NOON}
        assert [sent.subscribers for sent in alerts.latest(connection, 5)] == [0, 1]
    with world.project.database.write() as connection:
        connection.execute(sa.update(tables.reports).values(story_id=None))
        stories.drop(connection, number)  # as where another story took its reports
        assert alerts.told_at(connection, "daily", [number]) == {}


def test_what_is_stored_of_a_subscriber_names_the_story_that_they_were_told(world):
    world.break_story("A comet breaks up")
    world.run()
    with world.project.database.read() as connection:
        subscriber = preferences.find(connection, world.numbers[ADA])
        assert subscriber is not None
        (notice,) = stored_of(connection, subscriber)["notices"]
    assert notice["told_story"] == "A comet breaks up"
    assert "alert_id" not in notice


def test_the_next_issue_says_that_it_was_told(world):
    world.break_story("A comet breaks up")
    world.run()
    builder = make_issue_builder(world.project)
    with world.project.database.read() as connection:
        issue = builder.compose(connection, world.letter, DAY)
    assert issue is not None
    _, rendered = builder.render(issue, world.letter)
    label = "An alert told this at 12:00\N{NO-BREAK SPACE}PM"
    (lead,) = (part for name, part in rendered.html.items() if name.startswith("lead-body."))
    assert label in lead
    assert any(label in part for part in rendered.text.values())


def test_whoever_stopped_or_left_before_it_went_out_gets_none(world):
    world.subscribe("eve@example.org", None)
    world.break_story("A comet breaks up")
    world.pipeline.queue_alerts()
    world.browser.post(world.link(ADA), data={"List-Unsubscribe": "One-Click"})
    with world.project.database.write() as connection:
        number = world.numbers["eve@example.org"]
        unsubscribe.leave(connection, number, "daily", UnsubscribeMethod.PAGE, NOON)
    assert world.run() == []


def test_a_confirmation_goes_out_before_the_alerts_that_wait(world):
    world.break_story("A comet breaks up")
    world.pipeline.queue_alerts()
    with world.project.database.write() as connection:
        details = {"signup": 1}
        address = "new@example.org"
        notices.queue(connection, "confirm", "daily", address, "", None, details, NOON)
        claims = [
            notices.claim(connection, worker="me", now=NOON, limit=1, resend_in_doubt=True)
            for _ in range(3)
        ]
    assert [[claim.notice.kind for claim in some] for some in claims] == [
        ["confirm"],
        ["alert"],
        [],
    ]


def explained(world, email, **more):
    """What is said of the subscription; of each alert the verdict and the reason, by headline."""
    project = world.project
    with project.database.read() as connection:
        history = read_facts(connection, project.config, email, now=project.clock(), **more)
    sentence = describe_subscriber(history.subscriber, lambda at: f"{at:%H:%M}")[0]
    found = [(alert, explain_alert(alert, lambda at: f"{at:%H:%M}")) for alert in history.alerts]
    return sentence, {alert.headline: (why.verdict, why.reason) for alert, why in found}


def test_each_subscriber_is_told_which_alerts_they_got_and_why_not_the_others(world):
    world.break_story("A comet breaks up")
    world.run()
    world.break_story("A second comet breaks up")
    world.run()
    sentence, alerts_of_ada = explained(world, ADA)
    assert ", with alerts" in sentence
    verdict, reason = alerts_of_ada["A comet breaks up"]
    assert (verdict, reason.partition(":")[0]) == ("sent", "outbox took it at 12")
    had_one = "They had an alert on that date already: nobody gets two."
    assert alerts_of_ada["A second comet breaks up"] == ("not sent", had_one)
    asleep = "It was 01:00 in Pacific/Auckland: alerts come from 08:00 to 22:00 of their clock."
    assert set(explained(world, BEN)[1].values()) == {("not sent", asleep)}
    sentence, alerts_of_cleo = explained(world, CLEO)
    assert ", without alerts" in sentence
    assert alerts_of_cleo == {}
    assert set(explained(world, DAN)[1].values()) == {("not sent", "It is not on their topics.")}
    assert len(explained(world, ADA, day=DAY)[1]) == 2
    assert explained(world, ADA, day=DAY - timedelta(days=1))[1] == {}
    assert explained(world, BEN, day=DAY)[1] == {}  # it was the day after, on their clock
    assert explained(world, ADA, newsletter="weekly")[1] == {}


def test_what_a_subscriber_stopped_before_it_went_out_is_explained(world):
    world.break_story("A comet breaks up")
    world.pipeline.queue_alerts()
    assert explained(world, ADA)[1]["A comet breaks up"] == ("waiting", "It waits to be sent.")
    world.browser.post(world.link(ADA), data={"List-Unsubscribe": "One-Click"})
    world.run()
    stopped = "Before it went out they stopped alerts, or left."
    assert explained(world, ADA)[1] == {"A comet breaks up": ("not sent", stopped)}


def test_the_link_stops_alerts_alone_and_lets_them_come_again(world):
    path = world.link(ADA)
    assert "Stop alerts" in world.browser.get(path).text
    assert world.browser.head(path).status_code == 200
    cross_site = {"Sec-Fetch-Site": "cross-site"}
    answer = world.browser.post(path, data={"List-Unsubscribe": "One-Click"}, headers=cross_site)
    assert (answer.status_code, answer.text) == (200, "No more alerts.\n")
    assert "You get no alerts" in world.browser.get(path).text
    assert world.browser.post(path, data={"alerts": "yes"}).status_code == 303
    assert "Stop alerts" in world.browser.get(path).text
    page = world.project.links.preferences("daily", world.numbers[CLEO]).removeprefix(HOME)
    assert "Get alerts" in world.browser.get(page).text
    world.browser.post(f"{page}/alerts", data={"alerts": "yes"})
    assert "Stop alerts" in world.browser.get(page).text
    assert world.browser.get("/alerts/forged").status_code == 404


def test_nothing_goes_out_unseen_where_a_person_approves(tmp_path, url):
    root = tmp_path / "project"
    (root / "config").mkdir(parents=True)
    text = CONFIG.format(url=url, more='approval = "required"')
    (root / "config" / "digest.toml").write_text(text)
    with open_pipeline(root) as pipeline:
        world = World(pipeline)
        world.break_story("A comet breaks up")
        assert world.run() == []
        sentence, told = explained(world, ADA)
    assert ", with alerts, though the newsletter has none" in sentence
    assert told == {}


def test_an_alert_that_the_gate_refuses_goes_to_nobody_until_it_is_mended_or_let_pass(world):
    template = world.project.config.path("templates") / "notices" / "alert.txt.j2"
    template.parent.mkdir(parents=True)
    template.write_text('{% extends "notices/base.txt.j2" %}{% block words %}TK{% endblock %}')
    number = world.break_story("A comet breaks up")
    (told,) = world.run()
    assert (told["To"], told["Subject"]) == ("ed@example.org", "Alert held: A comet breaks up")
    assert "does not say: First bullet of 0." in told.get_body(("plain",)).get_content()
    assert len(world.run()) == 1  # they are told once
    editors = AdminSite(world.pipeline, make_app(world.pipeline, AdminPlace(on_site=True)))
    browser, page = editors.browser(Role.PUBLISHER), f"/admin/alerts/daily/{number}"
    assert page in browser.get("/admin/sending").text
    findings = re.findall(r'name="finding" value="(\w+)"', browser.get(page).text)
    for finding in findings:
        browser.submit(f"{page}/waive", {"finding": finding, "reason": "Everybody knows"})
    assert "Publisher lets it pass: Everybody knows" in browser.get(page).text
    mails = world.run()
    assert [mail["To"] for mail in mails if mail["Subject"] == "A comet breaks up"] == [ADA]
    assert "It was told at" in browser.get(page).text
    assert "TK" not in browser.get(f"{page}/mail").text
    assert browser.get("/admin/alerts/daily/999").status_code == 404
    assert browser.get("/admin/alerts/weekly/1").status_code == 404


def test_the_gate_looks_at_an_alert_in_each_language_in_which_somebody_gets_it(world):
    template = world.project.config.path("templates") / "notices" / "alert.txt.j2"
    template.parent.mkdir(parents=True)
    template.write_text(
        '{% extends "notices/base.txt.j2" %}{% block words %}'
        '{% if newsletter.language == "de" %}TK{% else %}{{ super() }}{% endif %}{% endblock %}'
    )
    with world.project.database.write() as connection:
        of_ben = tables.subscribers.c.id == world.numbers[BEN]
        connection.execute(sa.update(tables.subscribers).where(of_ben).values(language="de"))
    world.break_story("A comet breaks up")
    (told,) = world.run()
    assert told["Subject"] == "Alert held: A comet breaks up"


def test_an_alert_has_an_editors_words_and_what_they_or_keywords_leave_out_is_none(
    world,
):
    comet, quake = world.break_story("A comet breaks up"), world.break_story("A quake")
    world.break_story("A flood")
    edit.make_edits(
        world.project,
        world.letter,
        edit.next_date(world.project, world.letter),
        [
            Edit(EditKind.HEADLINE, ("A comet is in two",), comet),
            Edit(EditKind.HIDE, (), quake),
        ],
        "Ed",
    )
    assert [mail["Subject"] for mail in world.run()] == ["A comet is in two"]
