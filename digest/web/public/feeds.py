"""What machines read: feeds of issues and of topics, the map of the site, robots.txt."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.services.site.sitemap import find_part, part_names
from digest.web.page_cache import cached
from digest.web.public.atom import AtomEntry, AtomFeed, to_atom
from digest.web.public.rss import to_rss
from digest.web.public.sitemaps import to_index, to_urlset
from digest.web.site import Site, site_of

_ATOM = "application/atom+xml"
_RSS = "application/rss+xml"
_XML = "application/xml"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# What is behind a signed link, is made anew for each question, or is for whoever runs the site.
_NOT_FOR_ROBOTS = (
    "/search",
    *("/address/", "/alerts/", "/confirm/", "/go/", "/like/", "/preferences/", "/unsubscribe/"),
    *("/health", "/metrics", "/ready"),
)


def newsletter_atom(request: Request) -> Response:
    """The issues of a newsletter."""
    return _atom_response(site_of(request), _newsletter_feed(request))


def newsletter_rss(request: Request) -> Response:
    """The same as RSS."""
    return _rss_response(request, _newsletter_feed(request))


def _newsletter_feed(request: Request) -> AtomFeed:
    site, newsletter_id = site_of(request), request.path_params["newsletter"]
    feed_issues = site.public_pages.issues_of(newsletter_id)
    if feed_issues is None:
        raise HTTPException(404)
    letter, issues = feed_issues
    entries = tuple(
        AtomEntry(
            path=f"/issues/{letter.id}/{line.date}",
            title=line.subject,
            published=line.sealed_at,
            updated=line.sealed_at,
            content=site.render("feed_issue.html.j2", letter.language, issue=issue),
        )
        for line, issue in issues
    )
    return AtomFeed(
        path=f"/feeds/{letter.id}.xml",
        page=f"/issues/{letter.id}",
        title=letter.name,
        subtitle=letter.tagline,
        author=letter.name,
        language=letter.language,
        entries=entries,
    )


def topic_atom(request: Request) -> Response:
    """The stories of a topic and of those below it."""
    return _atom_response(site_of(request), _topic_feed(request))


def topic_rss(request: Request) -> Response:
    """The same as RSS."""
    return _rss_response(request, _topic_feed(request))


def _topic_feed(request: Request) -> AtomFeed:
    site, topic_id = site_of(request), request.path_params["topic"]
    feed_stories = site.public_pages.stories_of_topic(topic_id) if _ID.fullmatch(topic_id) else None
    if feed_stories is None:
        raise HTTPException(404)
    topic, stories = feed_stories
    entries = tuple(
        AtomEntry(
            path=f"/stories/{published.story.slug}",
            # Without the words, which may change: an entry keeps its id (RFC 4287, section 4.2.6).
            id_path=f"/stories/{published.story.id}",
            title=published.story.headline,
            published=published.issues[0].sealed_at,
            updated=max(published.updated_at, published.issues[0].sealed_at),
            content=site.render("feed_story.html.j2", site.language, story=published.story),
            category=(published.story.topic, topic.title)
            if published.story.topic == topic.id
            else None,
        )
        for published in stories
    )
    return AtomFeed(
        path=f"/feeds/topics/{topic.id}.xml",
        page=f"/topics/{topic.id}",
        title=f"{site.newsletter.name}: {topic.title}",
        subtitle="",
        author=site.newsletter.name,
        language=site.language,
        entries=entries,
    )


def _rss_response(request: Request, feed: AtomFeed) -> Response:
    body = to_rss(feed, site_of(request).url(""), path=request.url.path)
    return Response(body, media_type=_RSS)


def _atom_response(site: Site, feed: AtomFeed) -> Response:
    now = site.project.clock()
    body = to_atom(feed, site.url(""), empty_since=now.replace(hour=0, minute=0, second=0))
    return Response(body, media_type=_ATOM)


def sitemap(request: Request) -> Response:
    """The parts of the map, each with a bounded number of addresses."""
    site = site_of(request)
    names = part_names(site.public_pages)
    addresses = [site.url(f"/sitemap-{name}.xml") for name in names]
    return Response(to_index(addresses), media_type=_XML)


def sitemap_part(request: Request) -> Response:
    """The addresses of one part."""
    site = site_of(request)
    entries = find_part(site.public_pages, request.path_params["part"])
    if entries is None:
        raise HTTPException(404)
    return Response(to_urlset((site.url(path), when) for path, when in entries), media_type=_XML)


async def robots(request: Request) -> Response:
    """Who crawls may read all that is public."""
    site = site_of(request)
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    return PlainTextResponse("\n".join([*lines, "", f"Sitemap: {site.url('/sitemap.xml')}", ""]))


routes: list[BaseRoute] = [
    cached("/feeds/topics/{topic}.xml", topic_atom),
    cached("/feeds/topics/{topic}.rss", topic_rss),
    cached("/feeds/{newsletter}.xml", newsletter_atom),
    cached("/feeds/{newsletter}.rss", newsletter_rss),
    cached("/sitemap.xml", sitemap),
    cached("/sitemap-{part}.xml", sitemap_part),
    Route("/robots.txt", robots),
]
