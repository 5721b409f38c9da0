"""Debian's Chromium, for tests of pages: opened without a network, and asked by axe-core.

with chromium() as browser, look(browser, "dark", 375, inside=url) as page:
    page.goto(url)
    assert violations(page) == []
"""

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from tests.mailcheck.axe import AXE, CHROMIUM, OPTIONS, SWITCHES
from tests.sampling import SEED, WHOLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (375, 1280)
LOOKS = tuple(product(SCHEMES, WIDTHS))
# What is switched off for a mail, which is shown within a page, counts for a page of ours.
_RULES = {"rules": {"target-size": {"enabled": True}}}
# The one exception: this machine, by both of its names.
_RESOLVES = "~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675">'
    '<rect width="1200" height="675" fill="#7a8"/></svg>'
)
# Nobody has to push a table aside to read its last column.
_TABLES_FIT = (
    "[...document.querySelectorAll('main table')]"
    ".every((table) => table.getBoundingClientRect().right <= innerWidth)"
)


def missing(*, axe: bool = False) -> str:
    """What is not installed, for the reason of a skip; empty where all is there."""
    lacking = [] if CHROMIUM else ["chromium-headless-shell"]
    lacking += [] if importlib.util.find_spec("playwright") else ["playwright"]
    lacking += ["axe-core (npm ci --prefix tests/mailcheck)"] if axe and not AXE.exists() else []
    return "not installed: " + ", ".join(lacking) if lacking else ""


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A browser that resolves no name but this machine's."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[switch.replace("~NOTFOUND", _RESOLVES) for switch in SWITCHES],
            chromium_sandbox=False,
        )
        yield browser
        browser.close()


@contextmanager
def look(
    browser: "Browser",
    scheme: Literal["light", "dark"] = "light",
    width: int = 1280,
    *,
    inside: str,
) -> "Iterator[Page]":
    """A page in a window of its own that reaches only addresses which begin with `inside`.

    What the console says (a policy that was broken, a script that failed) is an error.
    """
    size = {"width": width, "height": 900}
    context = visitor(browser, inside=inside, color_scheme=scheme, viewport=size)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not said, said


def looks(number: int) -> Sequence[tuple[Literal["light", "dark"], int]]:
    """How the page of this number is looked at: in one of the four ways, by turns; or in all."""
    return LOOKS if WHOLE else [LOOKS[(SEED + number) % len(LOOKS)]]


def assert_all_can_use(page: "Page", addresses: Sequence[str], most_bytes: int) -> None:
    """Each page is there, light, no wider than its window, and axe finds nothing on it."""
    for number, address in enumerate(addresses):
        for scheme, width in looks(number):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            assert len(answer.body()) < most_bytes, address
            assert violations(page) == [], f"{address}, {scheme}, {width} px"
            overflow = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not overflow, f"{address} is wider than {width} px"
            assert page.evaluate(_TABLES_FIT), f"a table of {address} is wider than {width} px"


def visitor(browser: "Browser", *, inside: str, **options: Any) -> "BrowserContext":
    """Somebody whose browser reaches only addresses which begin with `inside`."""
    context = browser.new_context(service_workers="block", **options)
    context.route("**/*", lambda route: _answer(route, inside))
    return context


def violations(page: "Page") -> list[str]:
    """The rules of axe-core that the page breaks as it is shown now, each with a place."""
    page.evaluate(AXE.read_text("utf-8"))
    options = {**OPTIONS, **_RULES}
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [_told(violation) for violation in result["violations"]]


def _told(violation: dict[str, Any]) -> str:
    node = violation["nodes"][0]
    why = " ".join(node["failureSummary"].split())
    return f"{violation['id']} x{len(violation['nodes'])}: {why} {node['html'][:200]}"


def _answer(route: "Route", inside: str) -> None:
    """The network does not exist: a picture is a grey box."""
    if route.request.url.startswith(inside):
        route.continue_()
    elif route.request.resource_type == "image":
        route.fulfill(content_type="image/svg+xml", body=_PICTURE)
    else:
        route.abort()
