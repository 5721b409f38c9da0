"""The editors' pages in a real browser: all can use them, and a passkey logs in."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.roles import Role
from digest.services.admins import audit, log_in
from digest.store import clicks
from digest.store.clicks import ClickKey
from tests.admin_pages import BROWSER, AdminSite, add_account, admin_site
from tests.browser import WIDTHS, assert_all_can_use, chromium, look, missing, visitor
from tests.builders import DAY
from tests.contract.givens import subscribe
from tests.sites import DAILY, fill, keep_story, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PATHS = (
    "/admin",
    "/admin/subscribers",
    "/admin/subscribers/1",
    "/admin/stories",
    "/admin/stories/1",
    "/admin/sources",
    "/admin/sources/seeds",
    "/admin/numbers",
    "/admin/account",
    "/admin/account/codes",
    "/admin/accounts",
    "/admin/webhooks",
    "/admin/record",
)
MOST_BYTES = 100_000
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    letter = DAILY + "count_clicks = true\n"
    with admin_site(tmp_path_factory.mktemp("admin") / "project", letter) as site:
        fill(site.pipeline, days=1)
        with site.project.database.write() as connection:
            subscribe(connection, "ada@example.org", "ben@example.org")
            clicks.add(connection, {ClickKey(1, 1, DAY): 1200, ClickKey(1, 2, DAY): 7})
        yield site


@pytest.fixture(scope="module")
def url(pages) -> Iterator[str]:
    with serving(pages.app) as address:
        yield address.replace("127.0.0.1", "localhost")  # an address can have no passkey


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def token(pages) -> str:
    return log_in.begin_session(pages.project, add_account(pages.project, Role.OWNER), BROWSER)


def let_in(context: "BrowserContext", url: str, token: str) -> None:
    context.add_cookies([{"name": "digest-session", "value": token, "url": url}])


@pytest.mark.skipif(bool(missing(axe=True)), reason=missing(axe=True))
def test_axe_finds_nothing_on_a_page_of_the_editors(browser, url, token):
    with look(browser, inside=url) as page:
        let_in(page.context, url, token)
        assert_all_can_use(page, [url + path for path in PATHS], MOST_BYTES)


def test_the_menu_of_a_phone_opens_without_a_script(browser, url, token):
    size = {"width": 375, "height": 800}
    context = visitor(browser, inside=url, viewport=size, java_script_enabled=False)
    let_in(context, url, token)
    page = context.new_page()
    page.goto(f"{url}/admin")
    for daily in ("Today", "Sending", "Stories", "Subscribers"):
        assert page.get_by_role("link", name=daily, exact=True).is_visible()
    assert not page.get_by_role("link", name="Numbers").is_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Numbers").click()
    page.get_by_role("heading", name="Numbers").wait_for()
    context.close()


def test_a_subscriber_is_found_and_unsubscribed_by_keys_alone(browser, url, token):
    context = visitor(browser, inside=url)
    let_in(context, url, token)
    page = context.new_page()
    page.goto(f"{url}/admin/subscribers")
    page.locator("#q:focus").wait_for()
    page.keyboard.type("ben@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="ben@example.org").wait_for()
    button = page.get_by_role("button", name="Unsubscribe")
    for _ in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_text("gets nothing more: they unsubscribed").wait_for()
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_the_record_is_wider_than_its_page(browser, pages, url, token, width):
    after = {"hash": "0f" * 32, "url": f"https://example.org/{'a' * 90}", "by": "Somebody"}
    with pages.project.database.write() as connection:
        audit.record(
            connection,
            pages.project.clock(),
            "Somebody Else",
            "change subscription",
            "issue a-longer-newsletter 2026-11-21",
            before=after,
            after=after,
        )
    context = visitor(browser, inside=url, viewport={"width": width, "height": 800})
    let_in(context, url, token)
    page = context.new_page()
    page.goto(f"{url}/admin/record")
    overflow = page.locator(".record").first.evaluate("box => box.scrollWidth - box.clientWidth")
    context.close()
    assert overflow <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_a_word_without_end_makes_no_page_wider_than_its_window(browser, pages, url, token, width):
    word = "Donaudampfschiff" * 11
    with pages.project.database.write() as connection:
        keep_story(connection, headline=word, bullets=(word,), dropped=TOMORROW)
    path = f"/admin/issues/daily/{TOMORROW}"
    context = visitor(browser, inside=url, viewport={"width": width, "height": 800})
    let_in(context, url, token)
    page = context.new_page()
    for address in ("/admin", path, f"{path}/edit", f"{path}/approval", "/admin/stories"):
        page.goto(url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()


def test_a_passkey_is_added_and_logs_in(browser, pages, url):
    admin = add_account(pages.project, Role.EDITOR, email="key@example.org", name="Key")
    context = visitor(browser, inside=url)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    let_in(context, url, log_in.begin_session(pages.project, admin, BROWSER))
    page.goto(f"{url}/admin/account")
    page.get_by_label("Name of the device").fill("My <laptop>")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("You can log in with this passkey").wait_for()
    assert page.get_by_text("My <laptop>").is_visible()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_role("heading", name="Today", exact=True).wait_for()
    page.goto(f"{url}/admin/account")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("lets nobody in any more").wait_for()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("This passkey is not known here").wait_for()
    context.close()
