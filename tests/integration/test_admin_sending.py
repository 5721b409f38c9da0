"""The editors' pages of approval and of sending: what they say, and what their buttons do."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest.model import Subscription
from digest.roles import Role
from digest.store import delivery_counts, subscribers
from digest.store.schema import deliveries
from tests.admin_pages import HOME, AdminSite, admin_site, text_of
from tests.builders import DAY, NOON, keep, report, story
from tests.sites import DAILY

LETTER = (
    DAILY
    + """
approval = "required"
editors = ["ed@example.org", "viewer@example.org"]
time = "18:00"
images = "none"
"""
)
ISSUE = f"/admin/issues/daily/{DAY}"


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project", LETTER) as site:
        people = [Subscription(f"subscriber{number}@example.org") for number in range(3)]
        with site.project.database.write() as connection:
            for headline in ("A galaxy far away", "A river <b>runs</b> dry"):
                told = story(0, headline=headline, collected_at=NOON, dropped=None)
                keep(connection, report(key=headline, headline=headline), told, headline)
            subscribers.put_all(connection, "daily", people, NOON)
        yield site


def field_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_a_publisher_approves_what_the_page_shows_and_pulls_it_back(pages):
    browser = pages.browser(Role.PUBLISHER)
    page = browser.get(f"{ISSUE}/approval").text
    assert "Approve it: it goes to 3 subscribers on Sat 21 Nov, 18:00" in page
    assert "A river &lt;b&gt;runs&lt;/b&gt; dry" in page
    assert browser.submit(f"{ISSUE}/approval/approve", {"seen": "0" * 64}).status_code == 303
    assert "changed since you looked at it" in browser.get(f"{ISSUE}/approval").text
    browser.submit(f"{ISSUE}/approval/approve", {"seen": field_of(page, "seen")})
    page = browser.get(f"{ISSUE}/approval").text
    assert "Publisher approved it" in page
    browser.submit(f"{ISSUE}/approval/pull-back")
    assert "Not approved" in browser.get(f"{ISSUE}/approval").text


def test_it_is_held_and_released_with_who_and_why(pages):
    browser = pages.browser(Role.PUBLISHER)
    browser.submit(f"{ISSUE}/approval/hold", {"reason": "wait for <the> mayor"})
    page = browser.get(f"{ISSUE}/approval").text
    assert "Publisher: wait for &lt;the&gt; mayor." in page
    assert "Release it: it waits until it is approved" in page
    browser.submit(f"{ISSUE}/approval/release")
    assert "Not approved" in browser.get(f"{ISSUE}/approval").text


def test_an_editor_sees_it_and_has_no_button(pages):
    page = pages.browser(Role.EDITOR).get(f"{ISSUE}/approval").text
    assert "A publisher approves" in page
    assert "approval/approve" not in page


def test_the_link_of_a_mail_approves_and_opening_it_does_not(pages):
    path = pages.project.links.review("daily", DAY, "ed@example.org").removeprefix(HOME)
    stranger = pages.stranger()
    page = stranger.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "Not approved" in stranger.get(path).text
    data = {"action": "approve", "seen": field_of(page.text, "seen")}
    assert stranger.post(path, data=data).status_code == 303
    assert "ed@example.org approved it" in stranger.get(path).text
    stranger.post(path, data={"action": "hold", "reason": "wait"})
    assert "ed@example.org: wait." in stranger.get(path).text


def test_the_link_of_a_mail_shows_the_mail_that_goes_out(pages):
    path = pages.project.links.review("daily", DAY, "ed@example.org").removeprefix(HOME)
    stranger = pages.stranger()
    assert f'src="{path}/mail"' in stranger.get(path).text
    mail = stranger.get(f"{path}/mail")
    assert "First bullet of 0." in mail.text
    assert "A river &lt;b&gt;runs&lt;/b&gt; dry" in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]
    assert stranger.get(f"{path[:-1]}{'A' if path[-1] != 'A' else 'B'}/mail").status_code == 404


def test_whoever_edited_last_is_offered_no_button_where_another_has_to_approve(tmp_path):
    letter = LETTER.replace(
        'approval = "required"', 'approval = "required"\napproval_by = "another"'
    )
    with admin_site(tmp_path / "project", letter) as site:
        with site.project.database.write() as connection:
            told = story(0, headline="A river", collected_at=NOON, dropped=None)
            keep(connection, report(key="A river", headline="A river"), told, "A river")
        first, second = site.browser(Role.PUBLISHER), site.browser(Role.OWNER)
        first.submit(f"{ISSUE}/edit/words", {"subject": "Another subject", "preheader": ""})
        page = first.get(f"{ISSUE}/approval").text
        assert "You edited it last: somebody else has to approve it." in page
        assert "approval/approve" not in page
        assert "approval/approve" in second.get(f"{ISSUE}/approval").text


def test_a_link_that_we_did_not_sign_or_whose_editor_has_a_lesser_account_decides_nothing(pages):
    stranger = pages.stranger()
    path = pages.project.links.review("daily", DAY, "ed@example.org").removeprefix(HOME)
    other = "A" if path[-9] != "A" else "B"
    assert stranger.get(f"{path[:-9]}{other}{path[-8:]}").status_code == 404
    gone = pages.project.links.review("daily", DAY, "gone@example.org").removeprefix(HOME)
    assert stranger.get(gone).status_code == 404
    pages.browser(Role.VIEWER)  # viewer@example.org has an account now
    viewer = pages.project.links.review("daily", DAY, "viewer@example.org").removeprefix(HOME)
    assert "may not approve" in stranger.get(viewer).text
    seen = field_of(stranger.get(path).text, "seen")
    stranger.post(viewer, data={"action": "approve", "seen": seen})
    assert "Not approved" in stranger.get(path).text


def test_a_send_is_watched_paused_and_stopped_and_whoever_misses_it_is_in_a_file(pages):
    browser = pages.browser(Role.PUBLISHER)
    seen = field_of(browser.get(f"{ISSUE}/approval").text, "seen")
    browser.submit(f"{ISSUE}/approval/approve", {"seen": seen})
    newsletter = pages.project.config.newsletter("daily")
    assert newsletter is not None
    pages.pipeline.seal(newsletter, DAY)
    assert "was sealed" in browser.get(f"{ISSUE}/approval").text
    page = browser.get(f"{ISSUE}/sending").text
    assert "Stop: 3 subscribers never get it" in text_of(page)
    assert "Pause it" in browser.get("/admin/sending").text
    browser.submit(f"{ISSUE}/sending/pause")
    assert "Paused by Publisher" in browser.get(f"{ISSUE}/sending/live").text
    page = browser.get(f"{ISSUE}/sending").text
    assert "Go on: 3 subscribers still get it" in text_of(page)
    # A script takes the number from the part that it renews.
    assert page.count(">3 subscribers</span>") == 3
    browser.submit(f"{ISSUE}/sending/resume")
    browser.submit(f"{ISSUE}/sending/stop", {"reason": "=the lead"})
    page = browser.get(f"{ISSUE}/sending").text
    assert "Stopped by Publisher: =the lead" in page
    assert "Pause it" not in page
    assert "subscriber2@example.org" in browser.get(f"{ISSUE}/sending/missed").text
    file = browser.get(f"{ISSUE}/sending/missed.csv?state=skipped")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(file.text.splitlines()))
    assert [(row["email"], row["why"]) for row in rows] == [
        (f"subscriber{number}@example.org", "the issue was stopped before its turn came")
        for number in range(3)
    ]
    assert "example.org" in browser.get(f"{ISSUE}/sending/domains").text


def test_a_send_that_waits_for_its_next_attempt_says_when_that_is(pages):
    newsletter = pages.project.config.newsletter("daily")
    assert newsletter is not None
    browser = pages.browser(Role.PUBLISHER)
    seen = field_of(browser.get(f"{ISSUE}/approval").text, "seen")
    browser.submit(f"{ISSUE}/approval/approve", {"seen": seen})
    issue = pages.pipeline.seal(newsletter, DAY).id
    assert "Nobody is at it now" in browser.get(f"{ISSUE}/sending").text
    with pages.project.database.write() as connection:
        every = deliveries.c.issue_id == issue
        again = NOON + timedelta(hours=2)
        delivery_counts.update(connection, every, state="deferred", next_attempt_at=again)
    page = browser.get(f"{ISSUE}/sending").text
    assert "the next attempt is at" in page
    assert "Sat 21 Nov, 14:00" in page
    assert "Nobody is at it now" not in page


@pytest.mark.parametrize("path", ["nothing/2026-11-21", "daily/2026-13-01", "daily/20261121"])
def test_what_is_no_issue_is_not_found(pages, path):
    browser = pages.browser(Role.VIEWER)
    assert browser.get(f"/admin/issues/{path}/approval").status_code == 404
