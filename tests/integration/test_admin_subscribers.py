"""Subscribers on the editors' pages: found, explained, changed, exported, erased."""

import time
from collections.abc import Iterator
from datetime import date

import pytest

from digest.model import SuppressionReason
from digest.roles import Role
from digest.services.admins import audit
from digest.store import subscribers, suppressions
from tests.admin_pages import AdminBrowser, AdminSite, admin_site
from tests.builders import NOON
from tests.contract.givens import subscribe

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def pages(tmp_path) -> Iterator[AdminSite]:
    with admin_site(tmp_path / "project") as site:
        with site.project.database.write() as connection:
            subscribe(connection, "ada@example.org", "ben@example.org", name=SCRIPT)
        yield site


def number_of(pages: AdminSite, email: str) -> int | None:
    with pages.project.database.read() as connection:
        return subscribers.find_id(connection, email)


def test_a_whole_address_leads_to_its_owner_and_a_part_of_it_to_a_list(pages):
    browser = pages.browser(Role.VIEWER)
    ada = number_of(pages, "ada@example.org")
    whole = browser.get("/admin/subscribers", params={"q": " ADA@example.org"})
    assert whole.headers["location"] == f"/admin/subscribers/{ada}"
    part = browser.get("/admin/subscribers", params={"q": "BEN"}).text
    assert "ben@example.org" in part
    assert "ada@example.org" not in part
    assert SCRIPT not in part
    nobody = browser.get("/admin/subscribers", params={"q": SCRIPT}).text
    assert "Nobody has such an address" in nobody
    assert SCRIPT not in nobody
    assert browser.get("/admin/subscribers/999").status_code == 404


def test_somebody_is_added_changed_unsubscribed_and_on_record_by_number_alone(pages):
    browser = pages.browser(Role.EDITOR)
    cleo = {"email": "cleo@example.org", "name": "Cleo", "newsletter": "daily", "topics": "space"}
    page = browser.submit("/admin/subscribers", cleo).headers["location"]
    shown = browser.get(page).text
    assert "the topics space" in shown
    assert f"gets {pages.project.config.first_newsletter.name}</span>" in shown
    assert "agreed to through an editor" in shown
    choices = {"keywords": "secret word\n+climate", "at_least": "5", "longest_wait": ""}
    choices |= {"days": "mon", "layout": "headlines"}
    changed = {**cleo, "topics": "", "hour": "7", "timezone": "Europe/Paris", **choices}
    assert browser.submit(f"{page}/subscription", changed).headers["location"] == page
    assert "at 07:00 in Europe/Paris" in browser.get(page).text
    assert 'value="mon" checked' in browser.get(page).text
    assert 'value="headlines" selected' in browser.get(page).text
    assert "when there are 5 stories, or after 7 days" in browser.get(page).text
    assert "not about secret word, about climate alone" in browser.get(page).text
    wrong = browser.submit(f"{page}/subscription", {**cleo, "timezone": "Mars"})
    assert "not a time zone" in browser.get(wrong.headers["location"]).text
    browser.submit(f"{page}/unsubscribe", {"newsletter": "daily"})
    assert "gets nothing more: they unsubscribed" in browser.get(page).text
    refused = browser.submit("/admin/subscribers", cleo).text
    assert "cleo@example.org gets nothing" in refused
    assert "tick that they did" in refused
    assert "--resubscribe" not in refused
    browser.submit("/admin/subscribers", {**cleo, "resubscribe": "yes"})
    assert f"gets {pages.project.config.first_newsletter.name} since" in browser.get(page).text
    number = number_of(pages, "cleo@example.org")
    record = audit.latest(pages.project.database, subject=f"subscriber {number}")
    assert [entry.action for entry in record] == [
        "add subscriber",
        "unsubscribe",
        "change subscription",
        "add subscriber",
    ]
    for private in ("cleo", "secret"):
        assert private not in str([(entry.before, entry.after) for entry in record])


def test_to_add_somebody_again_changes_nothing_and_says_so(pages):
    with pages.project.database.write() as connection:
        subscribe(connection, "cleo@example.org", topics=("space",), name="Cleo")
    browser = pages.browser(Role.EDITOR)
    form = {"email": "Cleo@example.org", "name": "Another", "newsletter": "daily"}
    page = browser.submit("/admin/subscribers", form).headers["location"]
    shown = browser.get(page).text
    assert "is subscribed already" in shown
    assert "the topics space" in shown
    assert not audit.latest(pages.project.database, subject=f"subscriber {page.split('/')[-1]}")


def test_what_was_typed_stays_where_somebody_cannot_be_added(pages):
    form = {
        "email": "cleo@example.org",
        "name": "Cléo",
        "newsletter": "daily",
        "topics": "space",
        "hour": "7",
        "timezone": "Mars",
        "paused_until": "2027-01-02",
    }
    answer = pages.browser(Role.EDITOR).submit("/admin/subscribers", form)
    assert answer.status_code == 400
    assert "not a time zone" in answer.text
    for kept in (
        'value="cleo@example.org"',
        'value="Cléo"',
        'value="space" checked',
        'value="7" selected',
        'value="Mars"',
        'value="2027-01-02"',
        '<details class="card" open>',
    ):
        assert kept in answer.text


def test_an_address_that_bounced_gets_mail_again(pages):
    with pages.project.database.write() as connection:
        suppressions.suppress(connection, "ada@example.org", SuppressionReason.BOUNCED, NOON)
    browser = pages.browser(Role.EDITOR)
    assert "ada@" in browser.get("/admin/subscribers?state=suppressed").text
    page = f"/admin/subscribers/{number_of(pages, 'ada@example.org')}"
    assert "mail to it came back" in browser.get(page).text
    browser.submit(f"{page}/lift")
    lifted = browser.get(page).text
    assert "ada@example.org may be mailed again. They get" in lifted
    assert "mail to it came back" not in lifted


def test_whoever_left_and_may_be_mailed_again_is_still_to_be_subscribed(pages):
    browser = pages.browser(Role.EDITOR)
    page = f"/admin/subscribers/{number_of(pages, 'ada@example.org')}"
    browser.submit(f"{page}/unsubscribe", {"newsletter": "daily"})
    browser.submit(f"{page}/lift")
    assert "subscribe them below, if they asked" in browser.get(page).text


def test_only_an_owner_erases_and_exports(pages):
    page = f"/admin/subscribers/{number_of(pages, 'ada@example.org')}"
    publisher, owner = pages.browser(Role.PUBLISHER), pages.browser(Role.OWNER)
    assert publisher.submit(f"{page}/erase").status_code == 403
    assert publisher.submit("/admin/subscribers/export").status_code == 403
    export = owner.submit("/admin/subscribers/export", {"newsletter": "daily"})
    assert export.headers["content-type"].startswith("text/csv")
    assert export.text.splitlines()[1].startswith("ada@example.org,")
    typed = {"address": "Ada@example.org"}
    assert owner.submit(f"{page}/erase", typed).headers["location"] == "/admin/subscribers"
    assert number_of(pages, "ada@example.org") is None


def test_an_address_is_erased_where_it_was_typed_alone(pages):
    page = f"/admin/subscribers/{number_of(pages, 'ada@example.org')}"
    owner = pages.browser(Role.OWNER)
    for typed in ({}, {"address": "ben@example.org"}):
        assert owner.submit(f"{page}/erase", typed).headers["location"] == page
        assert "Nothing was erased" in owner.get(page).text
    assert number_of(pages, "ada@example.org") is not None


def test_a_list_is_tried_first_and_imported_when_somebody_says_so(pages):
    browser = pages.browser(Role.EDITOR)
    lines = "email,name\ncleo@example.org,<b>Cleo</b>\nnonsense,X\nada@example.org,\n"
    file = {"file": ("<list>.csv", lines.encode(), "text/csv")}
    upload = browser.submit("/admin/subscribers/import", {"newsletter": "daily"}, files=file)
    page = finished(browser, upload.headers["location"])
    assert "What would come of it" in page
    assert "&lt;list&gt;.csv" in page
    assert "line 3" in page
    assert number_of(pages, "cleo@example.org") is None
    browser.submit(upload.headers["location"])
    assert "What came of it" in finished(browser, upload.headers["location"])
    assert number_of(pages, "cleo@example.org") is not None
    browser.submit(upload.headers["location"])  # a second time changes nothing
    entry = audit.latest(pages.project.database, subject="newsletter daily")[0]
    assert (entry.action, entry.after) == ("import subscribers", {"added": 1, "updated": 1})
    assert entry.origin == "203.0.113.7"  # where the browser is
    assert not list((pages.project.config.state_folder / "uploads").iterdir())


def test_a_pause_that_is_over_is_refused_and_one_that_ended_is_not_in_the_form(pages):
    browser = pages.browser(Role.EDITOR)
    typed = {"email": "cleo@example.org", "newsletter": "daily", "paused_until": "2020-01-01"}
    assert "2020-01-01 is over." in browser.submit("/admin/subscribers", typed).text
    with pages.project.database.write() as connection:
        subscribe(connection, "cleo@example.org", paused_until=date(2020, 1, 1))
    page = f"/admin/subscribers/{number_of(pages, 'cleo@example.org')}"
    assert "paused until 2020-01-01" in browser.get(page).text
    assert 'value="2020-01-01"' not in browser.get(page).text


def test_what_is_no_list_says_why(pages):
    browser = pages.browser(Role.EDITOR)
    nothing = browser.submit("/admin/subscribers/import", {"newsletter": "daily"})
    assert "No file was chosen" in browser.get(nothing.headers["location"]).text
    file = {"file": ("list.csv", b"name\nAda\n", "text/csv")}
    upload = browser.submit("/admin/subscribers/import", {"newsletter": "daily"}, files=file)
    page = finished(browser, upload.headers["location"])
    assert "Line 1: there is no column named email. Begin the file with a header line" in page
    assert "--from" not in page
    assert browser.get("/admin/subscribers/import/unknown").status_code == 404


def finished(browser: AdminBrowser, path: str) -> str:
    """The page of an import once it has ended."""
    until = time.monotonic() + 30
    while "every two seconds" in (page := browser.get(path).text):
        assert time.monotonic() < until
        time.sleep(0.02)
    return page
