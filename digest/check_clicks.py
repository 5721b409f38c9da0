"""What `digest check` asks of a newsletter that counts clicks: whether its links lead anywhere."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.app import make_clock, make_link_fetcher
from digest.collect.net.fetched import Failed, FetchRequest
from digest.config import Config
from digest.model import Finding, Newsletter


def click_findings(config: Config, newsletter: Newsletter) -> Iterator[Finding]:
    """Links of stories lead over the site: it has to run, and browsers have to tell a visit."""
    place, site = f"clicks for {newsletter.id}", config.settings.site_url
    if not _is_trustworthy(site):
        detail = f"none is counted at {site}: browsers tell a visit by https alone"
        yield Finding(place, "warning", detail, "serve the site by https, and set site_url to it")
    fault = asyncio.run(_fault(config, f"{site}/issues/{newsletter.id}"))
    if fault:
        detail = f"the links of its stories lead over the site, which does not answer: {fault}"
        remedy = "start `digest serve` there before any mail goes out, or set count_clicks = false"
        yield Finding(place, "warning", detail, remedy)
    else:
        yield Finding(place, "ok", f"{site} answers; its mails say that clicks are counted")


def _is_trustworthy(site: str) -> bool:
    """Whether browsers send Fetch Metadata there: W3C Secure Contexts, section 3.1."""
    parts = urlsplit(site)
    try:
        is_loopback = ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_loopback = f".{parts.hostname}".endswith(".localhost")
    return parts.scheme == "https" or is_loopback


async def _fault(config: Config, page: str) -> str:
    """Why a page of ours does not answer; empty where it does."""
    async with make_link_fetcher(config, make_clock(config)) as fetcher:
        answer = await fetcher.fetch(FetchRequest(page, heed_robots=False, head=True))
    return answer.reason if isinstance(answer, Failed) else ""
