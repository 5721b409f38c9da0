"""`check-issue --links`: every link of a mail is asked for its head alone, and nothing inside."""

import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import FetchLimits
from digest.collect.net.guard import Guard, parse_allowed
from digest.collect.net.resolve import SystemResolver
from digest.services.issues.link_check import check_links
from tests.builders import NOON
from tests.feed_farm import Farm, Stall
from tests.integration.conftest import Project, story_text


def answering(status: str, **headers: str) -> Callable[[Stall], Awaitable[None]]:
    async def answer(stall: Stall) -> None:
        await stall.answer(status, Content_Length="99999999", **headers)

    return answer


async def silent(stall: Stall) -> None:
    await stall.stay_silent()


@pytest.fixture
def site() -> Iterator[Farm]:
    farm = Farm(0)
    farm.pages = {
        "/good": answering("200 OK", Content_Encoding="gzip"),
        "/shy": answering("405 Method Not Allowed"),
        "/gone": answering("404 Not Found"),
        "/moved": answering("302 Found", Location="/good"),
        "/away": answering("302 Found", Location="ftp://a.example/"),
        "/silent": silent,
    }
    with farm:
        yield farm


def faults(site: Farm, *links: str, allow: str = "", seconds: float = 10) -> list[str]:
    def fetcher() -> Fetcher:
        return Fetcher(
            agent="test",
            guard=Guard((parse_allowed(allow.format(site.port)),) if allow else ()),
            resolver=SystemResolver(),
            clock=lambda: NOON,
            limits=FetchLimits(silence=20, total=20),
        )

    page = "".join(f'<a class="x" href="{link}">a</a>' for link in links)
    return [finding.detail for finding in check_links(page, fetcher, seconds=seconds)]


def asked(site: Farm) -> set[str]:
    return {f"{visit.method} {visit.path}" for visit in site.visits}


def test_links_that_do_not_answer_are_told_with_their_address(site):
    at = f"http://127.0.0.1:{site.port}"
    links = (
        f"{at}/good",
        f"{at}/shy",
        f"{at}/gone?a=1&amp;b=2",
        f"{at}/good",
        "#x",
        "mailto:a@b.c",
    )
    told = faults(site, *links, allow="127.0.0.1:{}")
    assert told == [f"{at}/gone?a=1&b=2 does not answer: 404 Not Found"]
    assert asked(site) == {"HEAD /gone?a=1&b=2", "HEAD /good", "HEAD /shy"}


def test_a_redirect_is_followed_by_head_and_not_to_another_scheme(site):
    at = f"http://127.0.0.1:{site.port}"
    (told,) = faults(site, f"{at}/moved", f"{at}/away", allow="127.0.0.1:{}")
    assert told.startswith(f"{at}/away is not asked: redirects wrongly")
    assert asked(site) == {"HEAD /moved", "HEAD /good", "HEAD /away"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_nothing_inside_is_asked_however_it_is_spelt(site, host):
    (told,) = faults(site, f"http://{host}:{site.port}/good")
    assert "is not asked" in told
    assert "not on the open internet" in told
    assert asked(site) == set()


def test_all_links_together_take_no_longer_than_the_time_for_them(site):
    at = f"http://127.0.0.1:{site.port}"
    links = [f"{at}/silent?{number}" for number in range(40)]
    begin = time.monotonic()
    told = faults(site, *links, f"{at}/good", allow="127.0.0.1:{}", seconds=2)
    assert time.monotonic() - begin < 15
    assert len(told) == 40
    assert all("nothing came within 2 seconds" in fault for fault in told)


def test_the_links_of_an_issue_are_checked_by_the_command(project: Project, site):
    project.env["DIGEST_SITE_URL"] = f"http://127.0.0.1:{site.port}"
    project.drop("2026-11-21/1.txt", story_text("Story of one day"))
    found = project.json("check-issue", "--links", "--date", "2026-11-21")
    assert {visit.method for visit in site.visits} == {"HEAD"}
    told = [each["detail"] for each in found["findings"] if "127.0.0.1" in each["detail"]]
    assert told, "the pages of the mail are not there"
    assert all("does not answer" in detail for detail in told)
