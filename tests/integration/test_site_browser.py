"""The public pages in a real browser: all can use them, and an issue looks as its mail does."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.app import make_rehearsal
from digest.cli.issue import write_preview
from digest.pipeline import Pipeline
from digest.web.app import make_app
from tests.browser import (
    SCHEMES,
    WIDTHS,
    assert_all_can_use,
    chromium,
    look,
    missing,
    visitor,
)
from tests.builders import DAY
from tests.contract.givens import subscribe
from tests.sampling import sample
from tests.sites import ARABIC, DAILY, fill, open_site, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

# What a mail shows, by what each of its elements looks like and where it stands.
_LOOK = """root => [...document.querySelectorAll(root + " h1, " + root + " h2, " + root + " h3, "
    + root + " p, " + root + " li, " + root + " img, " + root + " a")].map(element => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const ground = (e) => { while (e) { const c = getComputedStyle(e).backgroundColor;
    if (c !== "rgba(0, 0, 0, 0)") return c; e = e.parentElement; } };
  return [element.tagName, element.textContent.trim().slice(0, 40), style.fontSize,
    style.fontFamily, style.fontWeight, style.fontStyle, style.color, style.lineHeight,
    style.textAlign, style.textDecorationLine, ground(element), Math.round(box.left),
    Math.round(box.width), Math.round(box.height)].join("|");
})"""
# Two paragraphs and three links, before the address of who sends it.
_PERSONAL = slice(-6, -1)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> Iterator[Pipeline]:
    root = tmp_path_factory.mktemp("site") / "project"
    with open_site(root, DAILY, ARABIC, site="http://127.0.0.1:8000") as opened:
        fill(opened, days=1)
        yield opened


@pytest.fixture(scope="module")
def url(pipeline) -> Iterator[str]:
    with serving(make_app(pipeline)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium() as found:
        yield found


@pytest.mark.skipif(bool(missing(axe=True)), reason=missing(axe=True))
def test_axe_finds_nothing_on_a_public_page(browser, url):
    paths = ["/", "/stories/9", "/topics/science", "/topics/oceans", "/issues", "/issues/daily"]
    paths += [f"/issues/daily/{DAY}", f"/issues/arabi/{DAY}", "/issues/arabi", "/stories/20"]
    paths += ["/search?q=moon"]
    with look(browser, inside=url) as page:
        assert_all_can_use(page, [url + path for path in paths], MOST_WITH_PICTURES)


# What the page weighed, what shifted while it loaded, and the element that was largest to see.
_LOADED = """() => new Promise(resolve => {
  let shift = 0, largest = null;
  new PerformanceObserver(list => list.getEntries().forEach(one => shift += one.value))
    .observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver(list => largest = list.getEntries().at(-1))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => {
    const all = ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind));
    const sum = list => list.reduce((bytes, one) => bytes + one.decodedBodySize, 0);
    const isPicture = one => one.name.includes("/pictures/");
    resolve({
      shift, tag: largest.element.tagName, url: largest.url,
      pictures: sum(all.filter(isPicture)), rest: sum(all.filter(one => !isPicture(one))),
      preloaded: all.filter(one => one.initiatorType === "link").map(one => one.name),
    });
  }, 300);
})"""
MOST_BYTES, MOST_WITH_PICTURES = 60_000, 400_000


@pytest.mark.parametrize("width", [375, 1280])
def test_a_page_is_light_shows_its_picture_first_and_nothing_in_it_moves(browser, url, width):
    for path in ("/", "/stories/9"):
        with look(browser, "light", width, inside=url) as page:
            page.goto(url + path)
            page.wait_for_load_state("networkidle")
            loaded = page.evaluate(_LOADED)
            assert loaded["shift"] == 0, path
            assert loaded["tag"] == "IMG", path
            assert loaded["url"] in loaded["preloaded"], path
            assert loaded["rest"] <= MOST_BYTES, path
            assert loaded["rest"] + loaded["pictures"] <= MOST_WITH_PICTURES, path
            unsized = page.locator("img:not([width][height])").count()
            assert unsized == 0, path


def test_no_page_is_wider_than_its_window(browser, url):
    paths = ["/", "/stories/9", "/topics/science", "/issues/daily", f"/issues/daily/{DAY}"]
    paths += ["/search?q=moon&topic=space", "/sign-up", "/nowhere", "/issues/arabi", "/stories/20"]
    context = visitor(browser, inside=url)
    page = context.new_page()
    for path in paths:
        page.goto(url + path)
        for summary in page.locator("summary").all():
            summary.click()
        for width in (320, 768, 1200, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} px wider than {width}"
    context.close()


def test_everything_can_be_done_without_a_script(browser, url):
    context = visitor(browser, inside=url, java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    assert page.get_by_role("button", name="Sign up").first.is_visible()
    page.get_by_role("link", name="Search").first.click()
    page.get_by_role("searchbox").fill('"a moon"')
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", level=2).first.get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("A moon with a ring")
    assert page.get_by_role("link", name="Send by email").is_visible()
    assert not page.get_by_role("button", name="Copy the link").is_visible()
    context.close()


def test_what_few_come_for_on_the_preferences_page_is_opened_without_a_script(
    browser, pipeline, url
):
    with pipeline.project.database.write() as connection:
        (ben,) = subscribe(connection, "folded@example.org")
    links = pipeline.project.links
    size = {"width": 375, "height": 800}
    context = visitor(browser, inside=url, java_script_enabled=False, viewport=size)
    page = context.new_page()
    page.goto(url + links.preferences("daily", ben).removeprefix(links.site))
    for first in ("Save", "Pause for one week"):
        assert page.get_by_role("button", name=first, exact=True).is_visible()
    assert page.get_by_role("link", name="Unsubscribe from").is_visible()
    for summary, label, button in (
        ("Name and language", "Not about", "Save"),
        ("Another address", "Where should your mail go?", "Change address"),
    ):
        assert not page.get_by_label(label).is_visible()
        page.locator("summary").filter(has_text=summary).click()
        page.get_by_label(label).fill("moon" if button == "Save" else "nonsense@")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved. The next mail brings all topics.").wait_for()
    assert page.get_by_label("Not about").input_value() == "moon"
    page.locator("summary").filter(has_text="Another address").click()
    page.get_by_label("Where should your mail go?").fill("folded@example.org")
    page.get_by_role("button", name="Change address").click()
    page.get_by_text("This is your address already.").wait_for()  # where it is, is open
    context.close()


def test_a_storys_link_is_copied(browser, url):
    context = visitor(browser, inside=url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{url}/stories/9")
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("link[rel=canonical]").get_attribute("href")
    context.close()


# Some browsers know Kolkata by its older name, which the list does not have.
ZONES = {"America/New_York": "New York", "Asia/Calcutta": "Calcutta"}


@pytest.mark.parametrize("zone", ZONES)
def test_the_browsers_zone_is_filled_in_where_nobody_chose_one(browser, url, zone):
    context = visitor(browser, inside=url, timezone_id=zone)
    page = context.new_page()
    page.goto(url)
    assert page.locator("input[name=timezone]").first.input_value() == zone
    page.goto(f"{url}/sign-up")
    page.get_by_text("Topics, hour and name").click()
    chosen = page.get_by_label("Time zone").locator("option:checked")
    assert (chosen.get_attribute("value"), chosen.inner_text().strip()) == (zone, ZONES[zone])
    context.close()


@pytest.mark.parametrize("zone", ZONES)
def test_the_browsers_zone_is_offered_as_the_list_shows_it(browser, pipeline, url, zone):
    with pipeline.project.database.write() as connection:
        (ada,) = subscribe(connection, "ada@example.org")
    links = pipeline.project.links
    context = visitor(browser, inside=url, timezone_id=zone)
    page = context.new_page()
    page.goto(url + links.preferences("daily", ada).removeprefix(links.site))
    offer = page.get_by_text("Your browser says:")
    assert offer.inner_text() == f"Your browser says: {ZONES[zone]}"
    page.get_by_role("button", name="Use it").click()
    assert page.get_by_label("Time zone").input_value() == zone
    assert not offer.is_visible()
    context.close()


@pytest.mark.parametrize(
    ("width", "scheme", "letter"), sample([*product(WIDTHS, SCHEMES, ("daily", "arabi"))], 2)
)
def test_an_issue_looks_on_the_site_as_it_does_in_the_mail(
    browser, pipeline, url, tmp_path, scheme, width, letter
):
    shown: list[list[Any]] = []
    for address in (mail_file(pipeline, letter, tmp_path), f"{url}/issues/{letter}/{DAY}"):
        inside = tmp_path.as_uri() if address.startswith("file:") else url
        root = "main" if inside == url else "body"
        with look(browser, scheme, width, inside=inside) as page:
            page.goto(address)
            page.wait_for_load_state("networkidle")
            shown.append(page.evaluate(_LOOK, root))
    mail, site = shown
    assert len(site) > 30
    del mail[_PERSONAL]
    assert site == mail


def mail_file(pipeline: Pipeline, letter: str, folder: Path) -> str:
    newsletter = next(n for n in pipeline.project.config.settings.newsletters if n.id == letter)
    preview = make_rehearsal(pipeline.project).preview(newsletter, DAY)
    assert preview is not None
    page, *_ = write_preview(preview, folder)
    return page.as_uri()
