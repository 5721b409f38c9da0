"""axe-core in headless Chromium: can everybody read the mail, at any width, in any theme?"""

import importlib.util
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tests.mailcheck.findings import NODE_MODULES, Finding, Mail, ToolError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

# The one without windows takes half of the processor.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
WIDTHS = (375, 1200)
SWITCHES = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "rules": {
        # Off by default in axe, though WCAG 2.2 AA asks for it: links that a thumb can hit.
        "target-size": {"enabled": True},
        # A mail is shown inside a page that has the landmarks; its own would be a second set.
        "region": {"enabled": False},
        "landmark-one-main": {"enabled": False},
    },
}
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675">'
    '<rect width="1200" height="675" fill="#7a8"/></svg>'
)


class Theme(NamedTuple):
    """How the subscriber's program shows the mail."""

    name: str
    scheme: Literal["light", "dark"]
    images: bool


THEMES = (
    Theme("light", "light", images=True),
    Theme("dark", "dark", images=True),
    Theme("blocked", "light", images=False),
    Theme("blocked-dark", "dark", images=False),
)


def missing() -> list[str]:
    """What is not installed."""
    return [
        name
        for name, there in (
            ("chromium-headless-shell", CHROMIUM),
            ("npm axe-core", AXE.exists()),
            ("playwright (PyPI)", importlib.util.find_spec("playwright")),
        )
        if not there
    ]


def judge(mails: list[Mail]) -> list[Finding]:
    """Rules that are broken, each told once a mail, with all themes and widths that break it."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=SWITCHES, chromium_sandbox=False
            )
            return [finding for mail in mails for finding in _judge(browser, mail)]
    except Error as error:
        raise ToolError(f"chromium: {error.message}") from error


def _judge(browser: "Browser", mail: Mail) -> list[Finding]:
    messages: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for theme in THEMES:
        for width, rule, message in _look(browser, mail, theme):
            messages.setdefault(rule, message)
            places.setdefault(rule, []).append(f"{theme.name} {width} px")
    return [
        Finding("axe", mail.name, message, ", ".join(places[rule]))
        for rule, message in messages.items()
    ]


def _look(browser: "Browser", mail: Mail, theme: Theme) -> Iterator[tuple[int, str, str]]:
    """Width, rule and message of each violation."""
    context = browser.new_context(color_scheme=theme.scheme, service_workers="block")
    context.route("**/*", lambda route: _answer(route, images=theme.images))
    page = context.new_page()
    page.goto(mail.html.resolve().as_uri())
    page.evaluate(AXE.read_text("utf-8"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for rule, message in _violations(page):
            yield width, rule, message
    context.close()


def _answer(route: "Route", *, images: bool) -> None:
    """The network does not exist: a picture is a grey box, or nothing where images are blocked."""
    if route.request.url.startswith("file:"):
        route.continue_()
    elif images and route.request.resource_type == "image":
        route.fulfill(content_type="image/svg+xml", body=_PICTURE)
    else:
        route.abort()


def _violations(page: "Page") -> Iterator[tuple[str, str]]:
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    for violation in result["violations"]:
        nodes = violation["nodes"]
        why = " ".join(nodes[0]["failureSummary"].split())
        where = nodes[0]["html"][:200]
        yield violation["id"], f"{violation['id']} x{len(nodes)}: {why} {where}"
