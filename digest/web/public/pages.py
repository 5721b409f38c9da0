"""Pages that anybody may read: home, stories, topics, the archive of issues."""

import re
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.pictures.folder import PictureFolder, type_of
from digest.services.site.public_pages import by_month
from digest.web.assets import FOR_A_YEAR
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
    return page(request, "home.html.j2", home=site.public_pages.home(), canonical=site.url("/"))


def story(request: Request) -> Response:
    """A story; the number before the first hyphen counts, another slug leads to the right one."""
    site = site_of(request)
    slug = request.path_params["slug"]
    number = _NUMBER.fullmatch(slug)
    view = site.public_pages.story(int(number[1])) if number else None
    if view is None:
        raise HTTPException(404)
    canonical_path = f"/stories/{view.named.story.slug}"
    if slug != view.named.story.slug:
        return RedirectResponse(canonical_path, 301)
    language = view.named.letter.language
    canonical = site.url(canonical_path)
    return page(request, "story.html.j2", language=language, view=view, canonical=canonical)


def topic(request: Request) -> Response:
    """A topic's stories, newest first."""
    site, number = site_of(request), page_number(request)
    topic_id = request.path_params["topic"]
    view = site.public_pages.topic(topic_id, number) if _TOPIC.fullmatch(topic_id) else None
    if view is None:
        raise HTTPException(404)
    language = view.offer.letter.language if view.offer else None
    canonical = site.url(f"/topics/{topic_id}" + (f"?page={number}" if number > 1 else ""))
    return page(request, "topic.html.j2", language=language, view=view, canonical=canonical)


def archives(request: Request) -> Response:
    """Every newsletter with its last issues."""
    site = site_of(request)
    lines = site.public_pages.letter_lines()
    return page(request, "archives.html.j2", lines=lines, canonical=site.url("/issues"))


def archive(request: Request) -> Response:
    """The issues of a newsletter, newest first."""
    site, number = site_of(request), page_number(request)
    newsletter_id = request.path_params["newsletter"]
    view = site.public_pages.archive(newsletter_id, number)
    if view is None:
        raise HTTPException(404)
    canonical = site.url(f"/issues/{newsletter_id}" + (f"?page={number}" if number > 1 else ""))
    return page(
        request,
        "archive.html.j2",
        language=view.line.letter.language,
        view=view,
        months=by_month(view.issues),
        canonical=canonical,
    )


def issue(request: Request) -> Response:
    """An issue as it was mailed; its policy allows the one style element that the mail brings."""
    site = site_of(request)
    newsletter_id, day = request.path_params["newsletter"], _day(request.path_params["day"])
    view = site.public_pages.issue(newsletter_id, day) if day else None
    if view is None:
        raise HTTPException(404)
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' '{view.mail.style_hash}'")
    return page(
        request,
        "issue.html.j2",
        language=view.letter.language,
        headers={"Content-Security-Policy": policy},
        view=view,
        canonical=site.url(f"/issues/{newsletter_id}/{day}"),
    )


def page_number(request: Request) -> int:
    """What ?page= says, 1 where it says nothing; what is no number of a page is not found."""
    text = request.query_params.get("page", "")
    if text and not _PAGE.fullmatch(text):
        raise HTTPException(404)
    return int(text or 1)


def _day(text: str) -> date | None:
    """A date as YYYY-MM-DD and in no other form of ISO 8601."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


async def static(request: Request) -> CachedPage:
    """A file of /static."""
    name, version = request.path_params["name"], request.query_params.get("v", "")
    asset = site_of(request).assets.find(name, version)
    if asset is None:
        raise HTTPException(404)
    return asset


def picture(request: Request) -> Response:
    """A picture of a story, under a name that is a hash of it: it never changes."""
    name = request.path_params["name"]
    file = PictureFolder(site_of(request).project.config.picture_folder).path(name)
    if file is None:
        raise HTTPException(404)
    return FileResponse(file, headers={"Cache-Control": FOR_A_YEAR}, media_type=type_of(name))


routes: list[BaseRoute] = [
    cached("/", home),
    cached("/stories/{slug}", story),
    cached("/topics/{topic}", topic, "page"),
    cached("/issues", archives),
    cached("/issues/{newsletter}", archive, "page"),
    cached("/issues/{newsletter}/{day}", issue),
    Route("/pictures/{name}", picture),
    Route("/static/{name}", static),
]
