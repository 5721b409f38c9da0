"""Promise 6: whoever opens every link there is, as scanners do, changes nothing."""

import re
import sqlite3
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2
import lxml.html

from digest.web.security import HEADERS
from tests.integration.busy_project import Town, a_town, links_of, read, unsettle
from tests.integration.conftest import DAY, Project
from tests.integration.website import Website, website

PURPOSES = ("confirm", "preferences", "unsubscribe", "address")
PUBLIC = ("", "stories", "topics", "issues", "feeds", "static", "sign-up", "sitemap.xml")


def dump(project: Project) -> list[str]:
    connection = sqlite3.connect(project.root / "var" / "digest.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@dataclass
class Crawler:
    """Opens all it finds below one address, with HEAD and with GET."""

    site: Website
    seen: dict[str, httpx2.Response] = field(default_factory=dict)

    def follow(self, *links: str) -> None:
        waiting = deque(links)
        while waiting:
            address, _ = urldefrag(waiting.popleft())
            if address in self.seen or not address.startswith(f"{self.site.url}/"):
                continue
            head = self.site.client.head(address)
            answer = self.seen[address] = self.site.client.get(address)
            assert head.status_code == answer.status_code, address
            assert head.content == b""
            waiting += (urljoin(address, link) for link in links_in(answer))

    def kinds(self) -> set[str]:
        """The first words of the paths that were found."""
        return {urlsplit(address).path.split("/")[1] for address in self.seen}


def links_in(answer: httpx2.Response) -> Iterator[str]:
    """What a page, a feed or a sitemap leads to; the targets of forms as well."""
    if "location" in answer.headers:
        yield answer.headers["location"]
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html") and answer.text:
        for element, _, link, _ in lxml.html.fromstring(answer.text).iterlinks():
            yield link
            if element.tag == "form":
                yield link
    elif "xml" in kind or kind.startswith("text/plain"):
        yield from re.findall(r"https?://[^\s<>\"']+", answer.text)


def test_who_opens_every_link_of_mails_and_pages_changes_nothing(project):
    town = a_town(project)
    with website(project, "--no-scheduler", DIGEST_NOW=f"{DAY}T13:00:00Z") as site:
        unsettle(town, site)
        mails = [read(path.read_bytes()) for path in project.outbox]
        before = dump(project)
        crawler = Crawler(site)
        crawler.follow(*(link for mail in mails for link in links_of(mail)))
        found_in_mails = crawler.kinds()
        crawler.follow(*(f"{site.url}/{path}" for path in ("", "robots.txt", "sitemap.xml")))
        after = dump(project)
    assert after == before
    assert found_in_mails >= {*PURPOSES, "stories", "issues"}
    assert crawler.kinds() >= {*PURPOSES, *PUBLIC}
    assert len(project.outbox) == len(mails)
    hold_that_pages_are_in_order(crawler, town)


def hold_that_pages_are_in_order(crawler: Crawler, town: Town) -> None:
    for address, answer in crawler.seen.items():
        path = address.removeprefix(town.home)
        token = path.split("/")[1] in PURPOSES
        # The target of a form may take nothing but POST.
        assert answer.status_code in ((200, 301, 302, 303, 405, 410) if token else (200, 301)), path
        assert set(HEADERS) <= {name.title() for name in answer.headers}, path
        assert "unsafe" not in answer.headers["content-security-policy"], path
        assert "set-cookie" not in answer.headers, path
        if token:
            assert answer.headers["cache-control"] == "no-store", path
        if token and answer.status_code == 200:
            assert answer.headers["referrer-policy"] == "no-referrer", path
            assert not elsewhere(answer, town), path
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert len(answer.content) < 50_000, path


def elsewhere(answer: httpx2.Response, town: Town) -> list[str]:
    """The links of a page that leave the site."""
    return [
        link
        for link in links_in(answer)
        if link.startswith("http") and not link.startswith(f"{town.home}/")
    ]
