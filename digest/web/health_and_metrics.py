"""For operators: whether the process is alive, whether it is ready for visitors, its figures."""

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
from digest.services.installation.guard import copy_fault
from digest.store.schema_revision import HEAD
from digest.web.metrics import Metrics
from digest.web.site import Site, site_of

log = get_logger(__name__)

NO_STORE = {"Cache-Control": "no-store"}
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


async def health(_request: Request) -> Response:
    """Answer that the process is alive; nothing else is looked at."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


def ready(request: Request) -> Response:
    """Whether visitors can be sent here: the parts as `ok` or `failed`; why is in the log."""
    site = site_of(request)
    parts = {
        "database": _database(site),
        "installation": _installation(site),
        "templates": _templates(site),
        "stopping": site.notices.should_stop(),
    }
    is_ready = not parts["stopping"] and "failed" not in parts.values()
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


def _installation(site: Site) -> str:
    """Whether mail may go out from here, or this is a copy."""
    project = site.project
    try:
        fault = copy_fault(project.config, project.database, project.clock())
    except sa.exc.DBAPIError:
        return "failed"  # why, the database's own part says
    if fault is None:
        return "ok"
    log.warning("not ready", part="installation", reason=fault.message)
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
    allowed = site_of(request).project.config.settings.web.metrics
    if allowed == "off" or (allowed == "local" and not _is_local(request)):
        raise HTTPException(404)
    collected: Metrics = request.app.state.metrics
    body = generate_latest(collected.registry)
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
