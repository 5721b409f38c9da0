"""The editors' pages in a real browser: all can use them, and a passkey logs in."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from digest.roles import Role
from digest.services.admins import log_in
from tests.admin_pages import BROWSER, AdminSite, add_account, admin_site
from tests.browser import SCHEMES, WIDTHS, chromium, look, missing, violations, visitor
from tests.sites import fill, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PATHS = (
    "/admin",
    "/admin/account",
    "/admin/account/codes",
    "/admin/accounts",
    "/admin/record",
)
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    with admin_site(tmp_path_factory.mktemp("admin") / "project") as site:
        fill(site.pipeline, days=1)
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
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_a_page_of_the_editors(browser, url, token, scheme, width):
    with look(browser, scheme, width, inside=url) as page:
        let_in(page.context, url, token)
        for path in PATHS:
            answer = page.goto(url + path)
            assert answer is not None
            assert answer.status == 200, path
            assert len(answer.body()) < MOST_BYTES, path
            assert violations(page) == [], path
            overflow = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not overflow, f"{path} is wider than {width} px"


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
    page.get_by_role("heading", name="Today").wait_for()
    page.goto(f"{url}/admin/account")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("lets nobody in any more").wait_for()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("This passkey is not known here").wait_for()
    context.close()
