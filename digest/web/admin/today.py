"""The first page: what is next, what is being sent, what went wrong."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.roles import Role
from digest.services.today import read_overview
from digest.web.admin.access import AdminRequest, admin_route


def today(asked: AdminRequest) -> Response:
    """Where things stand."""
    return asked.page("today.html.j2", overview=read_overview(asked.project))


routes: list[BaseRoute] = [
    admin_route("/admin", today, role=Role.VIEWER),
]
