"""For who runs it: is the process alive, is it ready for visitors, and its figures."""

import ipaddress

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.error_words import words_of
from digest.errors import DigestError
from digest.log import get_logger
from digest.store.database import HEAD
from digest.web.metrics import Metrics
from digest.web.site import Site, site_of

log = get_logger(__name__)

NO_STORE = {"Cache-Control": "no-store"}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


async def health(_request: Request) -> Response:
    """The process is alive; nothing else is asked."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


def ready(request: Request) -> Response:
    """Whether visitors can be sent here: the parts as `ok` or `failed`; why is in the log."""
    site = site_of(request)
    parts = {
        "database": _database(site),
        "templates": _templates(site),
        "stopping": site.notices.should_stop(),
    }
    is_ready = parts == {"database": "ok", "templates": "ok", "stopping": False}
    status = 200 if is_ready else 503
    return JSONResponse({"ready": is_ready, **parts}, status, headers=NO_STORE)


def _database(site: Site) -> str:
    try:
        if site.project.database.revision() == HEAD:
            return "ok"
        reason = "it has the schema of another version"
    except sa.exc.DBAPIError as error:
        reason = words_of(error)
    log.warning("not ready", part="database", reason=reason)
    return "failed"


def _templates(site: Site) -> str:
    try:
        site.render("error.html.j2", site.language, code=404, reference="")
    except DigestError as error:
        log.warning("not ready", part="templates", reason=error.message)
        return "failed"
    return "ok"


def metrics(request: Request) -> Response:
    """The figures as Prometheus reads them; whom the settings keep out finds no such page."""
    who = site_of(request).project.config.settings.web.metrics
    if who == "off" or (who == "local" and not _is_local(request)):
        raise HTTPException(404)
    found: Metrics = request.app.state.metrics
    body = generate_latest(found.registry)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, **NO_STORE})


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks for itself; a proxy on it asks for others."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


routes: list[BaseRoute] = [
    Route("/health", health),
    Route("/ready", ready),
    Route("/metrics", metrics),
]
