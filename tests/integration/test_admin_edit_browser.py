"""An editor's morning in a real browser: drag, keys, two editors at once, undo across a reload."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.issue_edits import EditKind
from digest.model import Newsletter
from digest.roles import Role
from digest.services.admins import log_in
from digest.services.issues.edit import edited_issue, reset
from tests.admin_pages import BROWSER, AdminSite, add_account, admin_site
from tests.browser import assert_all_can_use, chromium, look, missing, visitor
from tests.builders import DAY
from tests.sites import fill, keep_picture, keep_story, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

TOMORROW = DAY + timedelta(days=1)
ISSUE = f"/admin/issues/daily/{TOMORROW}"
MOST_BYTES = 100_000
SPACE, OTHERS = ("Moon", "Mars", "Star", "Comet"), ("Pill", "Glass", "Methane")
TOPICS = ("medicine", "physics", "climate")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    root = tmp_path_factory.mktemp("edit") / "project"
    with admin_site(root) as site:
        fill(site.pipeline, days=0)
        shown = keep_picture(site.pipeline)
        with site.project.database.write() as connection:
            for place, name in enumerate(SPACE):
                keep_story(
                    connection,
                    headline=f"{name} <found>",
                    dropped=TOMORROW,
                    source_count=20 - place,
                    picture=shown if place == 1 else None,
                )
            for name, topic in zip(OTHERS, TOPICS, strict=True):
                keep_story(connection, headline=f"{name} told", topic=topic, dropped=TOMORROW)
            for number in range(100):
                keep_story(connection, headline=f"And number {number}", dropped=TOMORROW)
        yield site


@pytest.fixture(scope="module")
def url(pages) -> Iterator[str]:
    with serving(pages.app) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def tokens(pages) -> dict[str, str]:
    people = {"Ada": Role.PUBLISHER, "Ben": Role.EDITOR}
    return {
        name: log_in.begin_session(
            pages.project, add_account(pages.project, role, name=name), BROWSER
        )
        for name, role in people.items()
    }


@pytest.fixture
def letter(pages) -> Iterator[Newsletter]:
    """Each test begins with an issue of which nothing is decided."""
    letter = pages.project.config.first_newsletter
    yield letter
    for record in edited_issue(pages.project, letter, TOMORROW).records:
        reset(pages.project, letter, TOMORROW, record.edit.kind, "tests", record.edit.story)


def open_as(browser: "Browser", url: str, token: str, path: str, **options: object) -> "Page":
    size = {"width": 1280, "height": 900}
    context = visitor(browser, inside=url, viewport=size, **options)
    context.add_cookies([{"name": "digest-session", "value": token, "url": url}])
    page = context.new_page()
    page.goto(url + path)
    return page


def button(page: "Page", name: str, story: str) -> "Locator":
    """A button of a story on the board."""
    row = page.locator("#board .story", has_text=f"{story} <found>")
    return row.get_by_role("button", name=name, exact=True)


def rank(pages: AdminSite, letter: Newsletter) -> list[str]:
    issue = edited_issue(pages.project, letter, TOMORROW).issue
    assert issue is not None
    return [story.headline.split()[0] for story in issue.stories]


def in_mail(page: "Page", text: str) -> None:
    """Wait until the mail beside shows a text."""
    page.frame_locator("#frame").get_by_text(text).first.wait_for()


@pytest.mark.skipif(bool(missing(axe=True)), reason=missing(axe=True))
def test_axe_finds_nothing_on_the_pages_of_an_issue(pages, letter, browser, url, tokens):
    issue = edited_issue(pages.project, letter, TOMORROW).issue
    assert issue is not None
    paths = ("", "?look=dark&width=tablet", "/edit", f"/edit/{issue.stories[1].id}")
    with look(browser, inside=url) as page:
        page.context.add_cookies([{"name": "digest-session", "value": tokens["Ada"], "url": url}])
        assert_all_can_use(page, [url + ISSUE + path for path in paths], MOST_BYTES)


def test_another_lead_takes_one_click_and_so_does_taking_a_story_out(
    pages, letter, browser, url, tokens
):
    page = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit")
    button(page, "Lead", "Star").click()
    in_mail(page, "Star <found>")
    page.get_by_text("leads (before").first.wait_for()
    assert rank(pages, letter)[0] == "Star"
    button(page, "Take out", "Mars").click()
    page.get_by_role("button", name="Put it back").wait_for()
    assert "Mars" not in rank(pages, letter)
    page.context.close()


def test_what_was_done_is_undone_after_a_reload(pages, letter, browser, url, tokens):
    before = rank(pages, letter)
    page = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit")
    button(page, "Take out", "Moon").click()
    page.get_by_role("button", name="Put it back").wait_for()
    page.reload()
    page.get_by_role("button", name="Undo", exact=True).click()
    button(page, "Take out", "Moon").wait_for()
    assert rank(pages, letter) == before
    page.get_by_role("button", name="Redo", exact=True).click()
    page.get_by_role("button", name="Put it back").wait_for()
    assert "Moon" not in rank(pages, letter)
    page.context.close()


def test_a_story_is_dragged_to_its_place(pages, letter, browser, url, tokens):
    page = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit")
    comet, mars = (page.locator(".story", has_text=name).first for name in ("Comet", "Mars"))
    page.locator("html.scripted").wait_for()
    comet.locator(".grip").drag_to(mars.locator(".grip"), target_position={"x": 4, "y": 2})
    page.get_by_text("first come").first.wait_for()
    order = rank(pages, letter)
    assert order.index("Comet") < order.index("Mars")
    page.context.close()


def test_all_is_done_by_the_keyboard_alone(pages, letter, browser, url, tokens):
    page = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit")
    page.locator("html.scripted").wait_for()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Keys").wait_for(state="hidden")
    for key in ("j", "j", "l"):
        page.keyboard.press(key)
    page.get_by_text("leads (before").first.wait_for()
    leads = rank(pages, letter)[0]
    assert leads != "Moon"
    page.keyboard.press("u")
    page.locator("[data-key=undo]:disabled").wait_for()
    assert rank(pages, letter)[0] == "Moon"
    page.keyboard.press("s")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Typed by hand")
    page.keyboard.press("Enter")
    page.get_by_text("subject: “Typed by hand”").first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.get_by_text("Typed by hand").first.wait_for()
    page.context.close()


def test_two_editors_see_each_others_changes_and_no_word_is_lost(
    pages, letter, browser, url, tokens
):
    ada = open_as(browser, url, tokens["Ada"], f"{ISSUE}/edit")
    ben = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit")
    ben.locator("html.scripted").wait_for()
    button(ada, "Lead", "Mars").click()
    ben.locator("#others", has_text="Ada:").wait_for()
    assert ben.locator(".board").first.inner_text().startswith("⠿\nMars <found>")
    in_mail(ben, "Mars <found>")
    # Both write the subject at once: what Ben types is not touched by what Ada saves.
    ben.get_by_label("Subject", exact=True).press_sequentially("by Ben: ")
    ada.get_by_label("Subject", exact=True).fill("By Ada")
    ada.get_by_label("Subject", exact=True).press("Enter")
    ada.get_by_text("subject: “By Ada”").first.wait_for()
    ben.locator("#others", has_text="By Ada").wait_for()
    ben.get_by_label("Subject", exact=True).press("Enter")
    ben.get_by_text("Ada has decided that meanwhile: By Ada.").wait_for()
    # What Ben typed stays his until he chooses, whatever else Ada does meanwhile.
    button(ada, "Lead", "Moon").click()
    ben.locator("#others", has_text="leads").wait_for()
    assert ben.get_by_label("Subject", exact=True).input_value().startswith("by Ben: ")
    ben.get_by_role("button", name="Keep mine").click()
    ada.locator("#others", has_text="by Ben:").wait_for()
    assert ada.get_by_label("Subject", exact=True).input_value().startswith("by Ben: ")
    # And the other way round: Ben sees what he would overwrite, and takes it.
    ben.get_by_label("Note", exact=True).press_sequentially("Ben's note")
    ada.get_by_label("Note", exact=True).fill("Ada's note")
    ada.get_by_label("Note", exact=True).blur()
    ben.locator("#others", has_text="Ada's note").wait_for()
    ben.get_by_label("Note", exact=True).blur()
    ben.get_by_role("link", name="Take theirs").click()
    assert ben.get_by_label("Note", exact=True).input_value() == "Ada's note"
    ada.context.close()
    ben.context.close()


def test_a_test_as_a_subscriber_of_climate_takes_two_clicks(pages, letter, browser, url, tokens):
    page = open_as(browser, url, tokens["Ben"], ISSUE)
    page.locator("html.scripted").wait_for()
    page.get_by_label("Climate").click()
    page.wait_for_url(re.compile("topic=climate"))
    page.get_by_role("button", name="Send me a test").click()
    page.get_by_text("A test as a subscriber of climate is on its way").wait_for()
    page.context.close()


def test_a_mail_is_as_high_as_it_is_and_without_a_script_all_is_a_form(
    pages, letter, browser, url, tokens
):
    page = open_as(browser, url, tokens["Ben"], ISSUE)
    page.frame_locator("#mail-phone").get_by_role("heading", name="Star <found>").wait_for()
    page.wait_for_function("document.getElementById('mail-phone').clientHeight > 1000")
    page.context.close()
    bare = open_as(browser, url, tokens["Ben"], f"{ISSUE}/edit", java_script_enabled=False)
    button(bare, "Lead", "Star").click()
    bare.get_by_label("Subject", exact=True).fill("Without a script")
    bare.get_by_role("button", name="Save").first.click()
    assert rank(pages, letter)[0] == "Star"
    in_mail(bare, "Star <found>")
    bare.get_by_role("button", name="Undo", exact=True).click()
    records = edited_issue(pages.project, letter, TOMORROW).records
    subjects = [record for record in records if record.edit.kind is EditKind.SUBJECT]
    assert not subjects[-1].counts
    bare.context.close()
