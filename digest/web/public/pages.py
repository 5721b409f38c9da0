"""Pages that anybody may read: home, stories, topics, the archive of issues; and their files."""

import re
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.pictures.folder import PictureFolder, type_of
from digest.render.colours import on_white
from digest.render.frequency import rhythm
from digest.services.site.public_pages import by_month
from digest.web.assets import FOR_A_YEAR, FOR_NOW, PAPER
from digest.web.drawings import draw_card
from digest.web.page_cache import CachedPage, cached
from digest.web.security import POLICY
from digest.web.site import page, site_of

# Longer numbers are none that a database gave.
_NUMBER = re.compile(r"([1-9][0-9]{0,17})(?:-.*)?", re.DOTALL)
_PAGE = re.compile(r"[1-9][0-9]{0,3}")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MANIFEST = "application/manifest+json"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def home(request: Request) -> Response:
    """The latest issue of the first newsletter, and the form to sign up."""
    site = site_of(request)
    return page(
        request,
        "home.html.j2",
        home=site.public_pages.home(),
        rhythm=rhythm(site.newsletter, site.language),
        canonical=site.url("/"),
    )


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
    newsletter_id, day = request.path_params["newsletter"], day_of(request.path_params["day"])
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


def day_of(text: str) -> date | None:
    """A date as YYYY-MM-DD and in no other form of ISO 8601."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


async def static(request: Request) -> CachedPage:
    """A file of /static."""
    return _asset(request, request.path_params["name"])


def _asset(request: Request, name: str) -> CachedPage:
    asset = site_of(request).assets.find(name, request.query_params.get("v", ""))
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


def card(request: Request) -> Response:
    """What other sites show of a story that has no picture; the number before the hyphen counts."""
    site, number = site_of(request), _NUMBER.fullmatch(request.path_params["name"])
    named = site.public_pages.named_story(int(number[1])) if number else None
    if named is None:
        raise HTTPException(404)
    story, topic, letter = named.story, named.topic, named.letter
    is_current = site.card(story, topic, letter) == request.url.path
    return Response(
        draw_card(story.headline, topic.title, letter.name, topic.colour, letter.direction),
        headers={"Cache-Control": FOR_A_YEAR if is_current else FOR_NOW},
        media_type="image/png",
    )


async def favicon(request: Request) -> CachedPage:
    """For whoever asks for it without having read a page."""
    return _asset(request, "favicon.ico")


async def manifest(request: Request) -> Response:
    """What a telephone puts on its home screen (W3C, Web Application Manifest)."""
    site = site_of(request)
    icons = [
        {"src": site.asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    body = {
        "name": site.newsletter.name,
        "short_name": site.newsletter.name,
        "description": site.newsletter.tagline,
        "lang": site.language,
        "start_url": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": on_white(site.newsletter.accent),
        "icons": icons,
    }
    return JSONResponse(body, headers={"Cache-Control": FOR_NOW}, media_type=_MANIFEST)


routes: list[BaseRoute] = [
    cached("/", home),
    cached("/stories/{slug}", story),
    cached("/topics/{topic}", topic, "page"),
    cached("/issues", archives),
    cached("/issues/{newsletter}", archive, "page"),
    cached("/issues/{newsletter}/{day}", issue),
    cached("/cards/{name}.png", card),
    Route("/pictures/{name}", picture),
    Route("/favicon.ico", favicon),
    Route("/site.webmanifest", manifest),
    Route("/static/{name}", static),
]
