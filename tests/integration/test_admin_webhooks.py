"""Webhooks on the editors' pages and by commands: what owners may do, see and read back."""

import json
import re
from collections.abc import Iterator

import pytest

from digest.roles import Role
from digest.services.webhooks.events import EventKind
from digest.services.webhooks.queue import of_source, queue_events
from digest.store import audit
from tests.admin_pages import AdminSite, admin_site
from tests.builders import NOON
from tests.integration.conftest import Project
from tests.sites import DAILY
from tests.webhook_receiver import Receiver, webhook_receiver

HERE = "/admin/webhooks"
ALLOWED = '\n[collect]\nallow = ["127.0.0.1"]\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project", DAILY + ALLOWED) as site:
        yield site


def test_an_owner_adds_one_tries_it_sees_the_answer_and_sends_again(pages, receiver):
    browser = pages.browser(Role.OWNER)
    fields = {"url": receiver.url, "kinds": ["source.well", "source.trouble"]}
    page = browser.submit(HERE, fields).text
    secret = re.search(r'value="(whsec_[^"]+)"', page)
    assert secret
    assert "issue.sealed" in browser.get(HERE).text
    assert secret[1] not in browser.get(f"{HERE}/1").text

    browser.submit(f"{HERE}/1/test")
    assert "It took the test: 200 thank you" in browser.get(f"{HERE}/1").text
    assert receiver.verifies(secret[1])
    receiver.status, receiver.words = 404, "no <b>such</b> page"
    browser.submit(f"{HERE}/1/test")
    page = browser.get(f"{HERE}/1").text
    assert "did not take the test: 404 no &lt;b&gt;such&lt;/b&gt; page. Look for a slip in" in page

    with pages.project.database.write() as connection:
        queue_events(connection, EventKind.SOURCE_WELL, [of_source("times")], NOON)
    receiver.status = 200
    pages.pipeline.send_events()
    event = re.search(r'name="event" value="(msg_\w+)"', browser.get(f"{HERE}/1").text)
    assert event
    browser.submit(f"{HERE}/1/replay", {"event": event[1]})
    assert "1 event waits to be sent again" in browser.get(f"{HERE}/1").text
    pages.pipeline.send_events()
    assert receiver.types() == ["webhook.test", "source.well", "source.well"]

    assert "whsec_" in browser.submit(f"{HERE}/1/rotate").text
    for act, shown in (("disable", "disabled"), ("enable", "ok")):
        browser.submit(f"{HERE}/1/{act}")
        assert f">{shown}</span>" in browser.get(f"{HERE}/1").text
    browser.submit(f"{HERE}/1/remove")
    assert browser.get(f"{HERE}/1").status_code == 404
    with pages.project.database.read() as connection:
        acts = [entry.action for entry in audit.latest(connection, 10, subject="webhook 1")]
    assert list(reversed(acts)) == [
        *("add webhook", "test webhook", "test webhook", "replay webhook", "rotate secret"),
        *("disable webhook", "enable webhook", "remove webhook"),
    ]


def test_nobody_but_an_owner_sees_or_changes_them(pages, receiver):
    browser = pages.browser(Role.PUBLISHER)
    assert browser.get(HERE).status_code == 403
    assert "Webhooks" not in browser.get("/admin").text
    assert browser.submit(HERE, {"url": receiver.url}).status_code == 403
    assert browser.submit(f"{HERE}/1/test").status_code == 403


def test_one_that_takes_nothing_is_told_where_one_looks(pages, receiver):
    receiver.status = 500
    browser = pages.browser(Role.OWNER)
    browser.submit(HERE, {"url": receiver.url})
    with pages.project.database.write() as connection:
        queue_events(connection, EventKind.SOURCE_WELL, [of_source("times")], NOON)
    pages.pipeline.send_events()
    page = browser.get("/admin").text
    assert "Webhook 1 takes nothing" in page
    assert f'href="{HERE}/1"' in page


def test_commands_add_try_list_and_replay(project: Project, receiver):
    project.env["DIGEST_COLLECT_ALLOW"] = '["127.0.0.1"]'
    added = project.run("webhooks", "add", receiver.url, "--event", "subscriber.subscribed").stdout
    secret = added.split()[-1]
    assert "Webhook 1 is told of subscriber.subscribed." in added
    assert project.run("webhooks", "test", "1").stdout == "Taken: 200 thank you\n"
    assert receiver.verifies(secret)
    project.run("subscribers", "add", "ada@example.org")
    receiver.status = 500
    project.run("run")
    assert "Webhook 1: it takes nothing since" in project.run("status").stdout
    receiver.status = 200
    project.run("webhooks", "enable", "1")
    project.run("run")
    assert receiver.types() == ["webhook.test", "subscriber.subscribed"]
    assert receiver.taken[1]["data"]["how"] == "command"
    shown = json.loads(project.run("webhooks", "show", "1", "--json").stdout)["messages"]
    assert [message["state"] for message in shown] == ["delivered", "delivered"]
    replayed = project.run("webhooks", "replay", "1", "--since", "2026-11-01").stdout
    assert replayed == "2 events wait to be sent again.\n"
    listed = json.loads(project.run("webhooks", "list", "--json").stdout)["webhooks"]
    assert listed[0]["events"] == ["subscriber.subscribed"]
    assert secret not in json.dumps(listed)
