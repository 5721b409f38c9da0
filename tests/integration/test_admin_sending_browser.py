"""Approving and watching a send in a real browser: by few clicks, while it goes, for everybody."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.issue_edits import Edit, EditKind
from digest.model import Subscription
from digest.project import Project
from digest.roles import Role
from digest.services.admins import log_in
from digest.services.delivery import pause_and_stop
from digest.services.issues.edit import make_edits
from digest.store import delivery_counts, subscribers
from digest.store.schema import deliveries
from digest.web.admin.streams import Streams
from tests.admin_pages import BROWSER, HOME, PASSWORD, AdminSite, add_account, admin_site
from tests.browser import assert_all_can_use, chromium, look, missing
from tests.builders import DAY, NOON, keep, report, story
from tests.paths import ROOT
from tests.sites import DAILY, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

NEEDED = 'approval = "required"\neditors = ["ed@example.org"]\ntime = "18:00"\nimages = "none"\n'
WEEKLY = DAILY.replace('"daily"', '"weekly"') + 'time = "11:00"\nimages = "none"\n'
EVENING = WEEKLY.replace('"weekly"', '"evening"').replace("Example Daily", "Example Evening")
TOMORROW = f"/admin/issues/daily/{DAY + timedelta(days=1)}"
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
    "/admin/alerts/weekly/1",
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    """One newsletter whose issue waits for approval, and one that is being sent."""
    root = tmp_path_factory.mktemp("sending") / "project"
    with admin_site(root, DAILY + NEEDED, WEEKLY, EVENING) as site:
        project = site.project
        people = [Subscription(f"subscriber{number}@example.org") for number in range(9)]
        with project.database.write() as connection:
            for headline, topic in (
                ("A galaxy far away", "space"),
                ("A river runs dry", "climate"),
            ):
                told = story(0, headline=headline, topic=topic, collected_at=NOON, dropped=None)
                keep(connection, report(key=headline, headline=headline), told, headline)
            for newsletter in ("daily", "weekly", "evening"):
                subscribers.put_all(connection, newsletter, people, NOON)
        for newsletter in ("weekly", "evening"):
            letter = project.config.newsletter(newsletter)
            assert letter is not None
            fail_three(project, site.pipeline.seal(letter, DAY).id)
        yield site


def fail_three(project: Project, issue: int) -> None:
    """As a server would that says so of three of its mailboxes."""
    full = "552 5.2.2 the mailbox is over quota"
    values = {"state": "failed", "reply": full, "server": "mx.example.org", "attempts": 1}
    three = (deliveries.c.issue_id == issue) & (deliveries.c.subscriber_id < 4)
    with project.database.write() as connection:
        delivery_counts.update(connection, three, finished_at=NOON, **values)


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


class Hands:
    """Does things on a page, and counts clicks and keys; what is typed is no key."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.clicks = self.keys = 0

    def click(self, place: "Locator") -> None:
        place.click()
        self.clicks += 1

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1


def twelve_tasks() -> dict[str, tuple[int, int]]:
    """What docs/desk.md says of each: clicks and keys, 0 where it names none."""
    table = (ROOT / "docs" / "desk.md").read_text("utf-8").split("## Twelve tasks")[1]
    rows = [line.strip("| ").split("|") for line in table.splitlines() if line[:3] != "|--"]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) >= 3][1:]

    def first_number(text: str) -> int:
        return int((re.match(r"\d+", text) or ["0"])[0])

    return {
        row[0]: (first_number(row[2]), first_number(row[3]) if len(row) > 3 else 0) for row in cells
    }


Counted = dict[str, tuple[int, int]]


def edit_tasks(page: "Page", at: Callable[[str], Hands]) -> Counted:
    """What is done of the stories of an issue, by clicks and by keys."""
    counted: Counted = {}
    undo, path = Hands(page), f"{TOMORROW}/edit"
    story = page.locator("#board .story").nth(1)
    acts = {
        "let another story lead": ("Lead", "l", "leads (before"),
        "take a story out": ("Take out", "x", "is taken out"),
    }
    for task, (name, key, said) in acts.items():
        by_clicks = at(path)
        by_clicks.click(story.get_by_role("button", name=name))
        page.get_by_text(said).first.wait_for()
        undo.clicks = 0
        undo.click(page.get_by_role("button", name="Undo", exact=True))
        page.locator("[data-key=undo]:disabled").wait_for()
        by_keys = at(path)
        by_keys.press(*("jjl" if key == "l" else "jx"))
        page.get_by_text(said).first.wait_for()
        undo.keys = 0
        undo.press("u")
        page.locator("[data-key=undo]:disabled").wait_for()
        counted[task] = by_clicks.clicks, by_keys.keys
    counted["undo what was decided last"] = undo.clicks, undo.keys
    return counted


def look_tasks(page: "Page", at: Callable[[str], Hands], link: str) -> Counted:
    """What is done on the preview, and from the mail that asks for an approval."""
    test = at(TOMORROW)
    test.click(page.get_by_label("Climate"))
    page.wait_for_url(re.compile("topic=climate"))
    test.click(page.get_by_role("button", name="Send me a test"))
    page.get_by_text("A test as a subscriber of climate is on its way").wait_for()
    dark = at(TOMORROW)
    dark.click(page.get_by_role("link", name="Gmail’s dark"))
    page.wait_for_url(re.compile("look=gmail"))
    mail = at(link)
    mail.clicks = 1  # the link in the mail
    mail.click(page.get_by_role("button", name="Approve it: it goes to 9 subscribers"))
    page.get_by_text("ed@example.org approved it").wait_for()
    return {
        "send me a test as somebody who chose climate": (test.clicks, 0),
        "see it in the dark that Gmail forces on it": (dark.clicks, 0),
        "approve it from the mail": (mail.clicks, 0),
    }


def week_tasks(page: "Page", at: Callable[[str], Hands]) -> Counted:
    """What is done on the first page."""
    hour = at("/admin")
    daily = page.locator("li.day", has_text="Thu 26 Nov").locator("li", has_text="18:00")
    hour.click(daily.get_by_text("Another hour"))
    daily.get_by_label("Hour on Thu 26 Nov").fill("07:30")
    hour.click(daily.get_by_role("button", name="Change"))
    page.get_by_text("is 07:30").wait_for()
    skip = at("/admin")
    skip.click(page.locator("li.day", has_text="Fri 27 Nov").get_by_text("Skip").first)
    page.get_by_text("There will be no").wait_for()
    return {"let it go out at another hour": (hour.clicks, 0), "skip a date": (skip.clicks, 0)}


def send_tasks(page: "Page", at: Callable[[str], Hands]) -> Counted:
    """What is done while an issue goes out."""
    path = SENDING.replace("weekly", "evening")
    missed = at(path)
    missed.click(page.get_by_role("link", name="All who did not get it"))
    with page.expect_download() as download:
        missed.click(page.get_by_role("link", name="Download"))
    assert download.value.suggested_filename.endswith(".csv")
    again = at(path)
    again.click(page.get_by_role("button", name=re.compile("again")).first)
    page.get_by_text("will be attempted again").wait_for()
    pause = at(path)
    pause.click(page.get_by_role("button", name="Pause it"))
    page.get_by_text("Paused. What is on the wire").wait_for()
    stop = at(path)
    stop.click(page.get_by_text("Stop it for good"))
    stop.click(page.get_by_role("button", name="never get it"))
    page.get_by_text("Stopped for good.").wait_for()
    return {
        "a file of all who did not get it": (missed.clicks, 0),
        "attempt again what one provider refused": (again.clicks, 0),
        "pause what is being sent": (pause.clicks, 0),
        "stop it now, for good": (stop.clicks, 0),
    }


def test_the_twelve_tasks_take_as_many_clicks_and_keys_as_the_document_says(
    browser, pages, url, token
):
    link = pages.project.links.review("daily", DAY + timedelta(days=1), "ed@example.org")
    with look(browser, "light", 1280, inside=url) as page:
        let_in(page, url, token)

        def at(path: str) -> Hands:
            page.goto(url + path)
            if path.startswith(TOMORROW):
                page.locator("html.scripted").wait_for()
            return Hands(page)

        counted = (
            edit_tasks(page, at)
            | look_tasks(page, at, link.removeprefix(HOME))
            | week_tasks(page, at)
            | send_tasks(page, at)
        )
    assert counted == twelve_tasks()


def test_an_editor_gets_from_the_log_in_to_an_approval_by_the_keyboard_alone(browser, pages, url):
    pia = add_account(pages.project, Role.PUBLISHER, name="Pia", email="pia@example.org")
    with look(browser, "light", 1280, inside=url) as page:
        keyboard = page.keyboard

        def go_to(name: str) -> None:
            """Tab to what is called so, as somebody does who sees where the focus is."""
            for _ in range(120):
                keyboard.press("Tab")
                focused = page.evaluate(
                    "(e => (e.getAttribute('aria-label') || e.innerText || '').trim())"
                    "(document.activeElement)"
                )
                if name in focused:
                    return
            raise AssertionError(f"no Tab leads to {name}")

        page.goto(f"{url}{APPROVAL.replace(str(DAY), str(DAY + timedelta(days=2)))}")
        keyboard.type(pia.email)  # the first field has the focus
        keyboard.press("Tab")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        page.get_by_text("Not approved").wait_for()
        go_to("Edit")
        keyboard.press("Enter")
        page.locator("html.scripted").wait_for()
        for key in ("j", "j", "l"):
            keyboard.press(key)
        page.get_by_text("leads (before").first.wait_for()
        keyboard.press("p")  # the preview
        page.get_by_role("button", name="Send me a test").wait_for()
        go_to("Approve or hold")
        keyboard.press("Enter")
        page.get_by_text("Not approved").wait_for()
        go_to("Approve")
        go_to("Approve it")
        keyboard.press("Enter")
        page.get_by_text("Pia approved it").wait_for()


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
        pause_and_stop.pause(pages.project, weekly, DAY, "somebody else")
        page.get_by_text("paused by somebody else").wait_for(timeout=10_000)
        pause_and_stop.resume(pages.project, weekly, DAY, "somebody else")
        page.get_by_text("Going out").wait_for(timeout=10_000)
        pages.app.state.streams = Streams(most=0)  # too many look: the page asks by itself
        page.reload()
        pause_and_stop.pause(pages.project, weekly, DAY, "a third")
        page.get_by_text("paused by a third").wait_for(timeout=10_000)
        pause_and_stop.resume(pages.project, weekly, DAY, "a third")
        page.get_by_text("Going out").wait_for(timeout=10_000)
        page.get_by_text("Stop it for good").click()
        page.get_by_role("button", name="Stop: 6 subscribers never get it").click()
        page.get_by_text("stopped by Publisher").wait_for()
