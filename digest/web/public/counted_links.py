"""Counted links of mails: each leads to where the sealed issue says, whoever follows it.

What is counted is a visit that a browser says it shows as a page, and no more than a number.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from digest.services.site.counted_links import StoryLinks
from digest.web.site import Site

# Nothing between us and a visitor keeps the answer, or the next one would not be counted.
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
# A newsletter's id, a story's number, a link's number.
_LINK = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([1-9][0-9]{0,17})/(0|[1-9][0-9]{0,2})")


class Follow:
    """Leads on to the link of a mailed story; a number that names none is not found. As ASGI."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count a visit."""
        site: Site = scope["app"].state.site
        named = _LINK.fullmatch(scope["path_params"]["link"])
        links = await _links_of(site, named[1], int(named[2])) if named else None
        target = links.targets.get(int(named[3])) if named and links else None
        if links is None or target is None:
            raise HTTPException(404)
        if scope["method"] == "GET" and is_page_visit(dict(scope["headers"])):
            client = scope.get("client")
            site.clicks.count(links, client[0] if client else None)
        await _redirect(target)(scope, receive, send)


@lru_cache(maxsize=2_000)
def _redirect(target: str) -> RedirectResponse:
    return RedirectResponse(target, 302, _HEADERS)


async def _links_of(site: Site, newsletter: str, story_id: int) -> StoryLinks | None:
    """The links of a story; the database is asked where its issue was not read yet."""
    known = site.counted_links.known(newsletter, story_id)
    return known or await run_in_threadpool(site.counted_links.find, newsletter, story_id)


def is_page_visit(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that it shows the answer to somebody, as a page of its own.

    By W3C Fetch Metadata: programs that only fetch, what a page loads in itself, and what is loaded
    ahead (Sec-Purpose, Purpose) are not. Sec-Fetch-User is not asked for: Safari sends none.
    """
    return (
        headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
        and b"sec-purpose" not in headers
        and b"purpose" not in headers
    )


# An endpoint of ASGI: to answer takes no longer than a page that is kept.
routes: list[BaseRoute] = [Route("/go/{link:path}", Follow(), methods=["GET"], name="follow")]
