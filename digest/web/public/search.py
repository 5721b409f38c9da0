"""Searching the archive."""

from datetime import date
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.search_terms import LONGEST, SearchQuery
from digest.services.site.search import search_page
from digest.web.page_cache import cached
from digest.web.public.pages import day_of, page_number
from digest.web.site import page, site_of


def search(request: Request) -> Response:
    """The form, and what was found."""
    site, number, query = site_of(request), page_number(request), _query(request)
    view = search_page(site.public_pages, query, number)
    if number > 1 and not view.hits:
        raise HTTPException(404)
    asked = {
        "q": query.text,
        "topic": query.topic,
        "source": query.source,
        "since": _iso(query.since),
        "until": _iso(query.until),
    }
    here = "/search?" + urlencode({name: value for name, value in asked.items() if value})
    return page(request, "search.html.j2", view=view, here=here)


def _query(request: Request) -> SearchQuery:
    """What the address asks for; a topic that is none, and what is no date, count for nothing."""
    asked = request.query_params
    topic = asked.get("topic", "")
    return SearchQuery(
        text=asked.get("q", "")[:LONGEST].strip(),
        topic=topic if topic in site_of(request).project.config.topics.by_id else "",
        source=asked.get("source", "")[:LONGEST].strip(),
        since=day_of(asked.get("since", "")),
        until=day_of(asked.get("until", "")),
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


routes: list[BaseRoute] = [
    cached("/search", search, "q", "topic", "source", "since", "until", "page"),
]
