"""Debian's Chromium, for tests of pages: opened without a network, and asked by axe-core.

with chromium() as browser, look(browser, "dark", 375, inside=url) as page:
    page.goto(url)
    assert violations(page) == []
"""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from tests.mailcheck.axe import AXE, OPTIONS, SWITCHES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (375, 1280)
# What is switched off for a mail, which is shown within a page, counts for a page of ours.
_RULES = {"rules": {"target-size": {"enabled": True}}}
# The one exception: this machine, by both of its names.
_RESOLVES = "~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675">'
    '<rect width="1200" height="675" fill="#7a8"/></svg>'
)


def missing(*, axe: bool = False) -> str:
    """What is not installed, for the reason of a skip; empty where all is there."""
    lacking = [] if shutil.which("chromium") else ["chromium"]
    lacking += [] if importlib.util.find_spec("playwright") else ["playwright"]
    lacking += ["axe-core (npm ci --prefix tests/mailcheck)"] if axe and not AXE.exists() else []
    return "not installed: " + ", ".join(lacking) if lacking else ""


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A browser that resolves no name but this machine's."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[switch.replace("~NOTFOUND", _RESOLVES) for switch in SWITCHES],
            chromium_sandbox=False,
        )
        yield browser
        browser.close()


@contextmanager
def look(
    browser: "Browser", scheme: Literal["light", "dark"], width: int, *, inside: str
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
