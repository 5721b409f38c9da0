"""The site as an ASGI application: its routes and what stands before them, each in one list."""

from urllib.parse import SplitResult, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Mount
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digest.pipeline import Pipeline
from digest.project import Project
from digest.services.subscribers.importing.upload import Uploads
from digest.settings import Settings
from digest.web import error_pages, health_and_metrics
from digest.web.accesslog import AccessLog
from digest.web.admin_port import LARGEST_UPLOAD, NOWHERE, UPLOAD, AdminPlace, OnItsPort
from digest.web.metrics import Metrics
from digest.web.problems import API
from digest.web.public import (
    alerts,
    counted_links,
    feeds,
    likes,
    pages,
    preferences,
    review,
    search,
    signup,
    unsubscribe,
)
from digest.web.public.signed_links import (
    ErasedError,
    UnknownLinkError,
    on_erased,
    on_unknown_link,
)
from digest.web.security import BodyLimit, CrossSite, SecurityHeaders
from digest.web.site import Site

# By which whoever looks after the machine asks for the pages of digest.web.health_and_metrics.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def make_app(pipeline: Pipeline, admin: AdminPlace = NOWHERE) -> Starlette:
    """The site of a project, and where it is wanted the editors' pages.

    GET and HEAD change nothing, wherever they lead (promise 6).
    """
    metrics = Metrics(pipeline.project)
    pipeline.on_step = metrics.observe_step
    app = Starlette(
        routes=[
            *(api_routes(pipeline.project) if admin.with_api else ()),
            *counted_links.routes,
            *pages.routes,
            *feeds.routes,
            *search.routes,
            *signup.routes,
            *preferences.routes,
            *likes.routes,
            *alerts.routes,
            *unsubscribe.routes,
            *review.routes,
            *health_and_metrics.routes,
            *(admin_routes() if admin.is_anywhere else ()),
        ],
        middleware=layers(pipeline.project.config.settings, metrics, admin),
        exception_handlers={
            HTTPException: error_pages.on_http_error,
            UnknownLinkError: on_unknown_link,
            ErasedError: on_erased,
        },
    )
    app.state.site = Site(pipeline.project, pipeline.notice_sender)
    app.state.metrics = metrics
    if admin.is_anywhere:
        from digest.web.admin.streams import Streams

        app.state.uploads = Uploads(pipeline.project)
        app.state.streams = Streams()
    return app


def admin_routes() -> list[BaseRoute]:
    """The editors' pages, all below /admin; loaded where they are served."""
    from digest.web.admin import (
        account,
        alerts,
        approval,
        corrections,
        deliveries,
        edit,
        edit_story,
        keywords,
        live_changes,
        log_in,
        mail_frame,
        not_found,
        numbers,
        preview,
        sends,
        sources,
        stories,
        subscriber_import,
        subscribers,
        team,
        today,
        tokens,
        webhooks,
    )

    return [
        *log_in.routes,
        *today.routes,
        *preview.routes,
        *mail_frame.routes,
        *edit.routes,
        *edit_story.routes,
        *live_changes.routes,
        *approval.routes,
        *sends.routes,
        *alerts.routes,
        *deliveries.routes,
        *corrections.routes,
        *subscriber_import.routes,
        *subscribers.routes,
        *sources.routes,
        *keywords.routes,
        *stories.routes,
        *numbers.routes,
        *account.routes,
        *team.routes,
        *tokens.routes,
        *webhooks.routes,
        *not_found.routes,
    ]


def api_routes(project: Project) -> list[BaseRoute]:
    """The API, all below /api; loaded where it is served."""
    from digest.web.api import (
        approval,
        comments,
        deliveries,
        edits,
        figures,
        issues,
        keywords,
        sources,
        stories,
        subscribers,
        suppressions,
        topics,
    )
    from digest.web.api.app import Api

    api = Api(
        project,
        [
            *issues.operations,
            *edits.operations,
            *approval.operations,
            *comments.operations,
            *deliveries.operations,
            *stories.operations,
            *sources.operations,
            *keywords.operations,
            *topics.operations,
            *subscribers.operations,
            *suppressions.operations,
            *figures.operations,
        ],
    )
    return [Mount(API, api)]


def layers(settings: Settings, metrics: Metrics, admin: AdminPlace = NOWHERE) -> list[Middleware]:
    """What a request passes on its way to its route, the outermost first.

    None packs: public pages bring their gzip (`page_cache`), and those behind a token are small.
    """
    web, site_address = settings.web, urlsplit(settings.site_url)
    admin_address = urlsplit(settings.admin_url)
    return [
        # The scheme and the client are read by those below.
        Middleware(ProxyHeadersMiddleware, trusted_hosts=list(web.trusted_proxies)),
        Middleware(AccessLog, observe=metrics.observe_request),
        Middleware(SecurityHeaders),
        # Below the two that must see the page for a fault as any other.
        Middleware(error_pages.ErrorPages),
        Middleware(
            TrustedHostMiddleware,
            allowed_hosts=[
                _host_of(site_address),
                _host_of(admin_address),
                *LOOPBACK,
                *web.hosts,
            ],
            www_redirect=False,
        ),
        Middleware(CrossSite, origin=f"{site_address.scheme}://{site_address.netloc}"),
        Middleware(
            BodyLimit,
            most=web.max_body,
            larger={UPLOAD: LARGEST_UPLOAD} if admin.is_anywhere else {},
        ),
        Middleware(OnItsPort, admin=admin),
    ]


def _host_of(address: SplitResult) -> str:
    """The host as a Host header names it, without the port."""
    host = address.hostname or ""
    return f"[{host}]" if ":" in host else host
