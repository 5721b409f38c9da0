"""Every field that strangers fill, with markup in it, on every page and in the mail, in Chromium.

The policy of the pages, which would stop a script by itself, is taken away first: what is held here
is the escaping below it (promise 7).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import pytest

from digest.app import make_rehearsal
from digest.model import DifferingFact, Image, SourceRef, Version
from digest.pipeline import Pipeline
from digest.store import address_changes
from digest.text import clean_line
from digest.web.app import make_app
from tests.browser import chromium, missing, visitor
from tests.builders import DAY
from tests.contract.givens import subscribe
from tests.sampling import WHOLE, sample
from tests.sites import DAILY, keep_story, open_site, seal_issue, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

T = TypeVar("T")

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PAYLOADS = (
    "<script>hit()</script>",
    "<ScRiPt\x0c>hit()</sCrIpT >",
    "\"><img src=x onerror='hit()'>",
    "'><img src=x onerror=hit()>",
    "' onmouseover='hit()' autofocus onfocus='hit()' x='",
    '" onmouseover="hit()" autofocus onfocus="hit()" x="',
    "x onfocus=hit() autofocus tabindex=1",
    "<svg onload=hit()>",
    "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "</title><script>hit()</script>",
    "</style><script>hit()</script>",
    "</textarea><script>hit()</script>",
    "</script><script>hit()</script>",
    "]]><script xmlns='http://www.w3.org/1999/xhtml'>hit()</script>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>hit()</x:script>",
    "<![CDATA[<script>hit()</script>]]>",
    "<!--><script>hit()</script>-->",
    "--><script>hit()</script>",
    "<!--[if true]><script>hit()</script><![endif]-->",
    "&lt;script&gt;hit()&lt;/script&gt;",
    "&#60;script&#62;hit()&#60;/script&#62;",
    "&amp;lt;script&amp;gt;hit()&amp;lt;/script&amp;gt;",
    "%3Cscript%3Ehit()%3C/script%3E",
    "\\u003cscript\\u003ehit()\\u003c/script\\u003e",
    "\uff1cscript\uff1ehit()\uff1c/script\uff1e",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>",
    "<object data='data:text/html,<script>parent.hit()</script>'></object>",
    "<embed src='javascript:hit()'>",
    "<a href='javascript:hit()' autofocus onfocus=hit()>x</a>",
    "<form action='javascript:hit()'><input autofocus onfocus=hit()></form>",
    "<details open ontoggle=hit()>",
    "<video><source onerror=hit()></video>",
    "<body onload=hit()>",
    "<math><mtext><mglyph><style><!--</style><img src=x onerror=hit()>--></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'></noscript>",
    "<table><td background='javascript:hit()'>",
    "<meta http-equiv=refresh content='0;url=javascript:hit()'>",
    "<base href='//evil.example/'>",
    "<link rel=stylesheet href='data:text/css,*{color:red}'>",
    "<mj-raw><script>hit()</script></mj-raw>",
    "</mj-text></mj-column><mj-raw><script>hit()</script></mj-raw>",
    "<mj-include path='/etc/passwd' />",
    "{{ hit() }}{% for a in b %}",
    "{{ cycler.__init__.__globals__.os }}",
    "${hit()} #{hit()} <%= hit() %>",
    "*|IF:x|* [[hit]] __SLOT__ ?=",
    "\u202e<script>hit()</script>\u2066",
    "\x00<script\x00>hit()</script>",
    "\r\nContent-Type: text/html\r\n\r\n<script>hit()</script>",
)
# What a browser keeps instead of showing it.
NO_PAGES = (".css", ".svg", ".ico", ".png", ".webmanifest")
# What no element may have that our templates did not give it.
FOREIGN = """() => {
  const found = [];
  for (const element of document.querySelectorAll('*')) {
    const name = element.localName;
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute)) found.push(`${name} ${attribute}`);
      if (/^\\s*(javascript|data:text)/i.test(value)) found.push(`${name} ${attribute}=${value}`);
    }
    if (['iframe', 'object', 'embed', 'base', 'math', 'noscript', 'video'].includes(name))
      found.push(name);
    if (element.type === 'application/ld+json') JSON.parse(element.textContent);
    else if (name === 'script' && !/^\\/static\\//.test(element.getAttribute('src') ?? ''))
      found.push(`script ${element.textContent}`);
  }
  return found;
}"""


def differing(text: str) -> tuple[DifferingFact, ...]:
    return (DifferingFact(text, (Version(text, (text,)), Version("15", ("Gazette",)))),)


def batches(values: Sequence[T]) -> list[Sequence[T]]:
    """As many as an issue holds without moving some to its end."""
    return [values[place : place + 8] for place in range(0, len(values), 8)]


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    return sample(PAYLOADS, 4)


@pytest.fixture(scope="module")
def cleaned(payloads) -> list[str]:
    """As collecting keeps a text: in one line, without controls."""
    return [clean_line(text) for text in payloads]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory, cleaned) -> Iterator[Pipeline]:
    root: Path = tmp_path_factory.mktemp("hostile") / "project"
    with open_site(root, DAILY, site="http://127.0.0.1:8000") as opened:
        letter = opened.project.config.settings.newsletters[0]
        with opened.project.database.write() as connection:
            told = [
                keep_story(
                    connection,
                    headline=text,
                    bullets=(text, f"a {text} b"),
                    topic_reason=text,
                    source_count=2,
                    sources=(SourceRef(text, f"https://example.org/{text}"), SourceRef(text)),
                    image=Image(f"https://example.org/{text}.jpg", text),
                    differing=differing(text),
                )
                for text in cleaned
            ]
        for number, batch in enumerate(batches(told)):
            day, full = DAY - timedelta(days=number), batch[:-2] or batch
            seal_issue(opened, letter, full, more=batch[len(full) :], day=day)
        yield opened


@pytest.fixture(scope="module")
def url(pipeline) -> Iterator[str]:
    with serving(make_app(pipeline)) as found:
        yield found


@pytest.fixture(scope="module")
def page(url) -> "Iterator[Page]":
    """A page without the site's policy; whatever runs in it is counted."""

    def without_policy(route: "Route") -> None:
        if not route.request.url.startswith(url):
            route.abort()
            return
        answer = route.fetch(max_redirects=0)
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name not in ("content-security-policy", "x-content-type-options")
        }
        route.fulfill(response=answer, headers=headers)

    with chromium() as browser:
        context = visitor(browser, inside=url)
        context.route("**/*", without_policy)
        context.add_init_script(
            "window.hits = []; window.hit = () => window.hits.push(location.href)"
        )
        yield context.new_page()
        context.close()


def assert_nothing_runs(page: "Page") -> None:
    page.evaluate("document.querySelectorAll('input, a, button').forEach(e => e.focus?.())")
    assert page.evaluate("window.hits") == [], page.url
    assert page.evaluate(FOREIGN) == [], page.url


def test_the_trap_springs(page, url):
    page.goto(f"{url}/health")
    page.set_content(PAYLOADS[2] + "<iframe srcdoc='<script>parent.hit()</script>'></iframe>")
    page.wait_for_function("window.hits.length === 2")
    assert page.evaluate(FOREIGN) == ["img onerror", "iframe"]


def test_no_public_page_runs_what_a_story_says(page, url, pipeline, payloads):
    # The stories are of one topic: the pages of the others say what is said of none.
    empty = {topic.id for topic in pipeline.project.config.topics.topics if topic.id != "space"}
    waiting, seen = [url], set()
    while waiting:
        address = urldefrag(waiting.pop()).url
        is_page = not urlsplit(address).path.endswith(NO_PAGES)
        if not WHOLE and empty & set(re.split(r"\W", address)):
            continue
        if address in seen or not address.startswith(url) or not is_page:
            continue
        seen.add(address)
        page.goto(address)
        assert_nothing_runs(page)
        links = page.eval_on_selector_all(
            "a[href], link[href]", "all => all.map(each => each.getAttribute('href'))"
        )
        # The site believes that it is at another port.
        waiting += [
            urljoin(url, link.replace("http://127.0.0.1:8000", url)) for link in links if link
        ]
    kinds = {address.removeprefix(url).split("/")[1] for address in seen if address != url}
    assert kinds >= {"stories", "issues", "topics", "feeds"}
    assert len([address for address in seen if "/stories/" in address]) >= len(payloads)


def test_no_mail_runs_what_a_story_says(page, pipeline, url, payloads):
    project = pipeline.project
    letter = project.config.settings.newsletters[0]
    for number in range(len(batches(payloads))):
        preview = make_rehearsal(project).preview(letter, DAY - timedelta(days=number))
        assert preview is not None
        page.goto(f"{url}/health")
        page.set_content(preview.html)
        assert page.locator("h2").count() > 0
        assert_nothing_runs(page)


def test_no_page_runs_what_stands_in_its_address_or_was_typed(page, url, payloads):
    for text in payloads:
        query = urlencode(
            dict.fromkeys(("topic", "newsletter", "done", "saved", "email"), text),
            errors="surrogatepass",
        )
        for path in ("/sign-up", f"/{quote(text, safe='')}"):
            page.goto(f"{url}{path}?{query}")
            assert_nothing_runs(page)
    for text in sample(payloads, min(2, len(payloads))):
        page.goto(f"{url}/sign-up")
        page.evaluate(
            """([fields, text]) => { for (const name of fields)
               for (const input of document.querySelectorAll(`[name="${name}"]`)) {
                 if (input.localName === 'select') input.append(new Option(text, text, true, true));
                 else { input.type = 'text'; input.value = text; } } }""",
            [["email", "name", "timezone", "hour", "topics"], text],
        )
        with page.expect_navigation():
            page.evaluate("document.forms[0].submit()")
        assert_nothing_runs(page)


def test_no_page_of_a_subscriber_runs_what_is_kept_of_them(page, pipeline, url, payloads):
    project = pipeline.project
    for number, text in enumerate(payloads):
        with project.database.write() as connection:
            (subscriber,) = subscribe(connection, f"r{number}@example.org")
            address_changes.rename(connection, subscriber, text)
        for link in (
            project.links.preferences("daily", subscriber),
            project.links.unsubscribe("daily", subscriber),
        ):
            page.goto(link.replace("http://127.0.0.1:8000", url))
            assert_nothing_runs(page)
