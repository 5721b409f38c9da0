"""The site in a real browser: the way from sign-up to leaving, and pages for everybody."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.browser import chromium, looks, missing, violations, visitor
from tests.integration.busy_project import Town, a_town, links_of, read, unsettle
from tests.integration.conftest import DAY, Inbox, Project, serve, story_text
from tests.integration.website import Website, settle, wait_until, website

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

ADA = "ada@example.org"
MORNING, NEXT, LAST = f"{DAY}T12:00:00Z", "2026-11-22T06:00:00Z", "2026-11-23T06:00:00Z"

SAVE = re.compile("^Save$")

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as browser:
        yield browser


def watched(page: "Page") -> list[str]:
    """What goes wrong on a page: scripts that fail, what the policy blocks, what is not there."""
    faults: list[str] = []

    def answered(response: "Response") -> None:
        # That a page itself is not found is what some tests want.
        least = 500 if response.request.resource_type == "document" else 400
        if response.status >= least:
            faults.append(f"{response.status} {response.url}")

    def said(message: "ConsoleMessage") -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(message.text)

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", answered)
    page.on("console", said)
    return faults


# A subscriber's way.


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_front_page_to_the_mail_with_the_chosen_topics_and_out_again(
    project: Project, inbox: Inbox, browser: "Browser", script: bool
):
    settle(project)
    with serve(inbox) as port:
        project.use_smtp(port)
        with website(project, DIGEST_NOW=MORNING) as site:
            ada = visitor(browser, inside=site.url, java_script_enabled=script)
            page = ada.new_page()
            faults = watched(page)
            sign_up(page, site, inbox, in_one_step=script)
            choose(page, "Space")
            ada.close()
            site.stop()
        inbox.messages.clear()
        tell_the_news(project, "2026-11-22")
        mail = mail_of_the_day(project, inbox, NEXT)
        leave_by_one_click(project, mail)
        tell_the_news(project, "2026-11-23")
        assert project.json("run", DIGEST_NOW=LAST)["issues"][-1]["deliveries"] == {}
    assert inbox.recipients == [ADA]
    assert faults == []


def sign_up(page: "Page", site: Website, inbox: Inbox, *, in_one_step: bool) -> None:
    page.goto(site.url)
    page.get_by_role("textbox", name="Email").first.fill(ADA)
    # What was filled in faster than a person can is shown once more.
    page.wait_for_timeout(3100)
    page.get_by_role("button", name="Sign up").first.click()
    assert ("/sign-up/sent" in page.url) is in_one_step
    if not in_one_step:
        page.wait_for_timeout(3100)
        page.get_by_role("button", name="Sign up").click()
    wait_until(lambda: inbox.recipients == [ADA])
    confirm = the_link(inbox.messages[0][1], site.url, "confirm")
    page.goto(confirm)
    page.get_by_role("button", name="Yes").click()
    page.get_by_role("link", name="Choose topics and hour").click()


def choose(page: "Page", topic: str) -> None:
    page.get_by_role("checkbox", name=topic, exact=True).check()
    page.get_by_role("button", name=SAVE).click()
    assert page.get_by_role("status").inner_text().startswith("Saved.")
    assert page.get_by_role("checkbox", name=topic, exact=True).is_checked()


def tell_the_news(project: Project, day: str) -> None:
    project.drop(f"{day}/a.txt", story_text(f"A galaxy of {day}", topic="Space"))
    project.drop(f"{day}/b.txt", story_text(f"A vaccine of {day}", topic="Medicine"))


def mail_of_the_day(project: Project, inbox: Inbox, now: str) -> bytes:
    """The one mail that comes while the site stands there, by its own scheduler."""
    with website(project, DIGEST_NOW=now) as site:
        wait_until(lambda: inbox.messages)
        site.stop()
    ((subscriber, content),) = inbox.messages
    text = read(content).get_body(("plain",))
    assert text is not None
    assert subscriber == ADA
    assert "A galaxy of 2026-11-22" in text.get_content()
    assert "A vaccine" not in text.get_content()
    return content


def leave_by_one_click(project: Project, content: bytes) -> None:
    """As a mail client does it (RFC 8058): from nowhere, without a cookie, one POST."""
    mail = read(content)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.search(r"<(https?:[^>]+)>", str(mail["List-Unsubscribe"]))
    assert address
    with website(project, "--no-scheduler", DIGEST_NOW=NEXT):
        answer = httpx2.post(address[1], data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


def the_link(content: bytes, home: str, purpose: str) -> str:
    return next(link for link in links_of(read(content)) if f"{home}/{purpose}/" in link)


# For everybody: each page in the light and in the dark, on a phone and on a desktop.


@pytest.mark.skipif(bool(missing(axe=True)), reason=missing(axe=True))
def test_axe_finds_nothing_on_any_page(project: Project, browser: "Browser"):
    town = a_town(project)
    found: dict[str, list[str]] = {}
    with website(project, "--no-scheduler", DIGEST_NOW=f"{DAY}T13:00:00Z") as site:
        unsettle(town, site)
        anybody = visitor(browser, inside=site.url)
        page = anybody.new_page()
        faults = watched(page)
        for number, (name, visit) in enumerate(visits(page, site, town)):
            visit()
            for scheme, width in looks(number):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                for violation in violations(page):
                    found.setdefault(f"{name}: {violation}", []).append(f"{scheme} {width}")
        anybody.close()
    assert not found, "\n".join(f"{what} ({', '.join(where)})" for what, where in found.items())
    assert faults == []


def visits(page: "Page", site: Website, town: Town) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every kind of page, by name and how one gets there; some change what comes after them."""
    secret = {
        name: town.link(f"{subscriber}@example.org", purpose)
        for name, subscriber, purpose in (
            ("confirm", "new", "confirm"),
            ("preferences", "ada", "preferences"),
            ("unsubscribe", "ada", "unsubscribe"),
            ("left", "left", "unsubscribe"),
            ("address", "hopper", "address"),
            ("gone", "left", "preferences"),
        )
    }

    def go(path: str) -> Callable[[], object]:
        return lambda: page.goto(site.url + path)

    def press(
        button: str | re.Pattern[str], on: str = "", fill: dict[str, str] | None = None
    ) -> Callable[[], None]:
        def act() -> None:
            if on:
                page.goto(on)
            page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
            for label, text in (fill or {}).items():
                page.get_by_role("textbox", name=label).first.fill(text)
            with page.expect_navigation():
                page.get_by_role("button", name=button).first.click()

        return act

    def over() -> None:
        press("Erase", f"{town.link('grace@example.org', 'preferences')}/erase")()
        page.goto(secret["address"])

    yield "home", go("/")
    yield "story", lambda: page.goto(site.url + first_story(page, site))
    yield "topic", go("/topics/space")
    yield "a topic without stories", go("/topics/mathematics")
    yield "newsletters", go("/issues")
    yield "archive", go("/issues/science-daily")
    yield "issue", go(f"/issues/science-daily/{DAY}")
    yield "sign-up", go("/sign-up?newsletter=weekend&topic=space")
    yield "sign-up with a fault", press("Sign up", f"{site.url}/sign-up")
    yield "sign-up once more", press("Sign up", site.url, {"Email": "grace@example.org"})
    yield "sign-up sent", go("/sign-up/sent")
    yield "confirm", lambda: page.goto(secret["confirm"])
    yield "confirmed", press("Yes")
    yield "preferences", lambda: page.goto(secret["preferences"])
    yield "preferences kept", press(SAVE)
    yield "preferences paused", press("Two weeks")
    yield "preferences with a fault", press(SAVE, fill={"Name": "see evil.example"})
    yield "preferences with another fault", press("Change address", fill={"mail go": ADA})
    yield "erase", lambda: page.goto(f"{secret['gone']}/erase")
    yield "erased", press("Erase")
    yield "nothing stored", lambda: page.goto(secret["gone"])
    yield "unsubscribe", lambda: page.goto(secret["unsubscribe"])
    yield "left", press("Unsubscribe")
    yield "back again", press("Undo")
    yield "address", lambda: page.goto(secret["address"])
    yield "address changed", press("Yes")
    yield "address over", over
    yield "forged", go("/preferences/forged")
    yield "not found", go("/nothing/here")


def first_story(page: "Page", site: Website) -> str:
    page.goto(site.url)
    return str(page.locator("a[href^='/stories/']").first.get_attribute("href"))
