"""Counted links of mails: each leads to where the sealed issue says, whoever follows it.

What is counted is a visit that a browser says it shows as a page, and no more than a number.
"""

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.services.site.counted_links import StoryLinks
from digest.web.site import Site, site_of

# Nothing between us and a visitor keeps the answer, or the next one would not be counted.
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
# A newsletter's id, a story's number, a link's number.
_LINK = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([1-9][0-9]{0,17})/(0|[1-9][0-9]{0,2})")


async def follow(request: Request) -> Response:
    """Lead on to the link of a mailed story; a number that names none is not found."""
    named = _LINK.fullmatch(request.path_params["link"])
    links = await _links_of(site_of(request), named[1], int(named[2])) if named else None
    target = links.targets.get(int(named[3])) if named and links else None
    if links is None or target is None:
        raise HTTPException(404)
    if request.method == "GET" and is_page_visit(request.headers):
        site_of(request).clicks.count(links, request.client.host if request.client else None)
    return RedirectResponse(target, 302, _HEADERS)


async def _links_of(site: Site, newsletter: str, story_id: int) -> StoryLinks | None:
    """The links of a story; the database is asked where its issue was not read yet."""
    known = site.counted_links.known(newsletter, story_id)
    return known or await run_in_threadpool(site.counted_links.find, newsletter, story_id)


def is_page_visit(headers: Headers) -> bool:
    """Whether a browser says that it shows the answer to somebody, as a page of its own.

    By W3C Fetch Metadata: programs that only fetch, what a page loads in itself, and what is loaded
    ahead (Sec-Purpose, Purpose) are not. Sec-Fetch-User is not asked for: Safari sends none.
    """
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and "sec-purpose" not in headers
        and "purpose" not in headers
    )


routes: list[BaseRoute] = [Route("/go/{link:path}", follow)]
