"""`digest check-issue --links`: asks every address in a mail whether it answers."""

import asyncio
import re
from collections.abc import Callable
from html import unescape
from http.client import responses

from digest.collect.net.fetch import Fetcher
from digest.collect.net.fetched import Failed, FailureKind, FetchRequest
from digest.model import Finding

# The server is there, and refuses only a program, or only the method.
_GOOD_ENOUGH = (401, 403, 405, 406, 429)
_NOT_ASKED = (FailureKind.ADDRESS, FailureKind.REFUSED, FailureKind.REDIRECT)


def check_links(
    html: str, make_fetcher: Callable[[], Fetcher], *, seconds: float = 10
) -> list[Finding]:
    """A warning for each link of a page that does not answer; `seconds` are for all of them."""
    return [
        Finding("link", "warning", fault, "mend the address in the story, or remove it")
        for fault in dead_links(html, make_fetcher, seconds=seconds).values()
    ]


def dead_links(
    html: str, make_fetcher: Callable[[], Fetcher], *, without: str = "", seconds: float = 10
) -> dict[str, str]:
    """The links of a page that do not answer, each with what is wrong; none below `without`."""
    addresses = (unescape(link) for link in re.findall(r'<a\s(?:[^<>]*\s)?href="([^"]*)"', html))
    web = (link for link in addresses if link.startswith(("http://", "https://")))
    links = list(dict.fromkeys(link for link in web if not (without and link.startswith(without))))
    faults = asyncio.run(_ask_all(links, make_fetcher, seconds))
    return {link: fault for link, fault in zip(links, faults, strict=True) if fault}


async def _ask_all(
    links: list[str], make_fetcher: Callable[[], Fetcher], seconds: float
) -> list[str]:
    """What is wrong with each link; empty where it answers."""
    async with make_fetcher() as fetcher:
        tasks = {link: asyncio.create_task(_fault(fetcher, link)) for link in links}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=seconds)
        late = f"does not answer: nothing came within {seconds:g} seconds"
        faults = [
            task.result() if task.done() else f"{link} {late}" for link, task in tasks.items()
        ]
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    return faults


async def _fault(fetcher: Fetcher, link: str) -> str:
    # HEAD: a check must not unsubscribe anybody, and need not fetch the page.
    response = await fetcher.fetch(FetchRequest(link, heed_robots=False, head=True))
    if not isinstance(response, Failed) or response.status in _GOOD_ENOUGH:
        return ""
    if response.status is not None:
        phrase = responses.get(response.status, "")
        return f"{link} does not answer: {response.status} {phrase}".rstrip()
    reason = response.reason.removeprefix(link).lstrip(": ")
    verb = "is not asked" if response.kind in _NOT_ASKED else "does not answer"
    return f"{link} {verb}: {reason}"
