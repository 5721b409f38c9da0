"""Pages that anybody may read: home, stories, topics, the archive of issues."""

import re
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.services.site.public_pages import by_month
from digest.web.page_cache import CachedPage, cached
from digest.web.security import POLICY
from digest.web.site import page, site_of

# Longer numbers are none that a database gave.
_NUMBER = re.compile(r"([1-9][0-9]{0,17})(?:-.*)?", re.DOTALL)
_PAGE = re.compile(r"[1-9][0-9]{0,3}")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def home(request: Request) -> Response:
    """The latest issue of the first newsletter, and the form to sign up."""
    site = site_of(request)
    return page(request, "home.html.j2", home=site.room.home(), canonical=site.url("/"))


def story(request: Request) -> Response:
    """A story; the number before the first hyphen counts, another slug leads to the right one."""
    site = site_of(request)
    slug = request.path_params["slug"]
    number = _NUMBER.fullmatch(slug)
    found = site.room.story(int(number[1])) if number else None
    if found is None:
        raise HTTPException(404)
    right = f"/stories/{found.named.story.slug}"
    if slug != found.named.story.slug:
        return RedirectResponse(right, 301)
    language = found.named.letter.language
    return page(request, "story.html.j2", language=language, view=found, canonical=site.url(right))


def topic(request: Request) -> Response:
    """A topic's stories, newest first."""
    site, number = site_of(request), page_number(request)
    wanted = request.path_params["topic"]
    found = site.room.topic(wanted, number) if _TOPIC.fullmatch(wanted) else None
    if found is None:
        raise HTTPException(404)
    language = found.offer.letter.language if found.offer else None
    canonical = site.url(f"/topics/{wanted}" + (f"?page={number}" if number > 1 else ""))
    return page(request, "topic.html.j2", language=language, view=found, canonical=canonical)


def archives(request: Request) -> Response:
    """Every newsletter with its last issues."""
    site = site_of(request)
    lines = site.room.letter_lines()
    return page(request, "archives.html.j2", lines=lines, canonical=site.url("/issues"))


def archive(request: Request) -> Response:
    """The issues of a newsletter, newest first."""
    site, number = site_of(request), page_number(request)
    wanted = request.path_params["newsletter"]
    found = site.room.archive(wanted, number)
    if found is None:
        raise HTTPException(404)
    canonical = site.url(f"/issues/{wanted}" + (f"?page={number}" if number > 1 else ""))
    return page(
        request,
        "archive.html.j2",
        language=found.line.letter.language,
        view=found,
        months=by_month(found.issues),
        canonical=canonical,
    )


def issue(request: Request) -> Response:
    """An issue as it was mailed; its policy allows the one style element that the mail brings."""
    site = site_of(request)
    wanted, day = request.path_params["newsletter"], _day(request.path_params["day"])
    found = site.room.issue(wanted, day) if day else None
    if found is None:
        raise HTTPException(404)
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' '{found.mail.style_hash}'")
    return page(
        request,
        "issue.html.j2",
        language=found.letter.language,
        headers={"Content-Security-Policy": policy},
        view=found,
        canonical=site.url(f"/issues/{wanted}/{day}"),
    )


def page_number(request: Request) -> int:
    """What ?page= says, 1 where it says nothing; what is no number of a page is not found."""
    given = request.query_params.get("page", "")
    if given and not _PAGE.fullmatch(given):
        raise HTTPException(404)
    return int(given or 1)


def _day(text: str) -> date | None:
    """A date as YYYY-MM-DD and in no other form of ISO 8601."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


async def static(request: Request) -> CachedPage:
    """A file of /static."""
    name, version = request.path_params["name"], request.query_params.get("v", "")
    found = site_of(request).assets.find(name, version)
    if found is None:
        raise HTTPException(404)
    return found


routes: list[BaseRoute] = [
    cached("/", home),
    cached("/stories/{slug}", story),
    cached("/topics/{topic}", topic, "page"),
    cached("/issues", archives),
    cached("/issues/{newsletter}", archive, "page"),
    cached("/issues/{newsletter}/{day}", issue),
    Route("/static/{name}", static),
]
