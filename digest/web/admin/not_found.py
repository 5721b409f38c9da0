"""An address below /admin at which no page is: said within the editors' pages."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.roles import Role
from digest.web.admin.access import HOME, AdminRequest, admin_route


def show(asked: AdminRequest) -> Response:
    """There is no such page; with a slash too many, the page without it."""
    path = asked.request.url.path
    if path.endswith("/"):
        return asked.back("/" + path.strip("/"))
    return asked.not_found()


# After all others: a route is chosen in their order.
routes: list[BaseRoute] = [admin_route(f"{HOME}/{{path:path}}", show, role=Role.VIEWER)]
