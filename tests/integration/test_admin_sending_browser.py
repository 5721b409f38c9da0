"""Approving and watching a send in a real browser: by few clicks, while it goes, for everybody."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from digest.edits import Edit, EditKind
from digest.model import Subscription
from digest.roles import Role
from digest.services.admins import log_in
from digest.services.delivery import control
from digest.services.issues.edit import make_edits
from digest.store import delivery_counts, subscribers
from digest.store.schema import deliveries
from digest.web.admin.streams import Streams
from tests.admin_pages import BROWSER, HOME, AdminSite, add_account, admin_site
from tests.browser import assert_all_can_use, chromium, look, missing
from tests.builders import DAY, NOON, keep, report, story
from tests.sites import DAILY, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

NEEDED = 'approval = "required"\neditors = ["ed@example.org"]\ntime = "18:00"\nimages = "none"\n'
WEEKLY = DAILY.replace('"daily"', '"weekly"') + 'time = "11:00"\nimages = "none"\n'
APPROVAL = f"/admin/issues/daily/{DAY}/approval"
SENDING = f"/admin/issues/weekly/{DAY}/sending"
MOST_BYTES = 100_000
PATHS = (
    APPROVAL,
    "/admin/sending",
    SENDING,
    f"{SENDING}/domains",
    f"{SENDING}/missed",
    f"/admin/issues/weekly/{DAY}/approval",
    "/admin/stories/1/correct",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    """One newsletter whose issue waits for approval, and one that is being sent."""
    root = tmp_path_factory.mktemp("sending") / "project"
    with admin_site(root, DAILY + NEEDED, WEEKLY) as site:
        project = site.project
        people = [Subscription(f"subscriber{number}@example.org") for number in range(9)]
        with project.database.write() as connection:
            for headline in ("A galaxy far away", "A river runs dry"):
                told = story(0, headline=headline, collected_at=NOON, dropped=None)
                keep(connection, report(key=headline, headline=headline), told, headline)
            for newsletter in ("daily", "weekly"):
                subscribers.put_all(connection, newsletter, people, NOON)
        weekly = project.config.newsletter("weekly")
        assert weekly is not None
        record = site.pipeline.seal(weekly, DAY)
        with project.database.write() as connection:
            first = (deliveries.c.issue_id == record.id) & (deliveries.c.subscriber_id < 4)
            full = "552 5.2.2 the mailbox is over quota"
            values = {"state": "failed", "reply": full, "server": "mx.example.org", "attempts": 1}
            delivery_counts.update(connection, first, finished_at=NOON, **values)
        yield site


@pytest.fixture(scope="module")
def url(pages) -> Iterator[str]:
    with serving(pages.app) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def token(pages) -> str:
    publisher = add_account(pages.project, Role.PUBLISHER)
    return log_in.begin_session(pages.project, publisher, BROWSER)


def let_in(page: "Page", url: str, token: str) -> None:
    page.context.add_cookies([{"name": "digest-session", "value": token, "url": url}])


@pytest.mark.skipif(bool(missing(axe=True)), reason=missing(axe=True))
def test_axe_finds_nothing_on_what_a_publisher_sees(browser, pages, url, token):
    link = pages.project.links.review("daily", DAY, "ed@example.org").removeprefix(HOME)
    with look(browser, inside=url) as page:
        let_in(page, url, token)
        assert_all_can_use(page, [url + path for path in (*PATHS, link)], MOST_BYTES)


def test_the_mails_link_approves_by_one_click_and_an_edit_voids_it(browser, pages, url):
    link = pages.project.links.review("daily", DAY, "ed@example.org").removeprefix(HOME)
    with look(browser, "light", 375, inside=url) as page:
        page.goto(url + link)
        page.get_by_role("button", name="Approve it: it goes to 9 subscribers").click()
        page.get_by_text("ed@example.org approved it").wait_for()
        page.get_by_role("button", name="Pull the approval back").click()
        page.get_by_text("Not approved").wait_for()
        page.get_by_role("button", name="Approve it: it goes to 9 subscribers").click()
        page.get_by_text("ed@example.org approved it").wait_for()
        daily = pages.project.config.newsletter("daily")
        assert daily is not None
        edit = Edit(EditKind.SUBJECT, ("A galaxy, and a river",))
        make_edits(pages.project, daily, DAY, [edit], "Ben")
        page.reload()
        assert page.get_by_text("is void: Ben changed the issue after that").is_visible()


def test_what_others_do_is_seen_while_one_looks_and_stop_it_now_takes_two_clicks(
    browser, pages, url, token
):
    weekly = pages.project.config.newsletter("weekly")
    with look(browser, "light", 1280, inside=url) as page:
        let_in(page, url, token)
        page.goto(url + SENDING)
        assert page.get_by_text("552 5.2.2 the mailbox is over quota").is_visible()
        control.pause(pages.project, weekly, DAY, "somebody else")
        page.get_by_text("paused by somebody else").wait_for(timeout=10_000)
        control.resume(pages.project, weekly, DAY, "somebody else")
        page.get_by_text("Going out").wait_for(timeout=10_000)
        pages.app.state.streams = Streams(most=0)  # too many look: the page asks by itself
        page.reload()
        control.pause(pages.project, weekly, DAY, "a third")
        page.get_by_text("paused by a third").wait_for(timeout=10_000)
        control.resume(pages.project, weekly, DAY, "a third")
        page.get_by_text("Going out").wait_for(timeout=10_000)
        page.get_by_text("Stop it for good").click()
        page.get_by_role("button", name="Stop: 6 subscribers never get it").click()
        page.get_by_text("stopped by Publisher").wait_for()
