"""For owners: what lets programs use the API, and for how long."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import UsageError
from digest.roles import Role
from digest.scopes import WITHOUT_ADDRESSES, Scope
from digest.services.admins import api_tokens
from digest.web.admin.access import AdminRequest, admin_route

HERE = "/admin/tokens"


def show(asked: AdminRequest) -> Response:
    """All tokens, those that work first, and a form for another."""
    now = asked.project.clock()
    tokens = api_tokens.all_tokens(asked.project)
    return asked.page(
        "tokens.html.j2",
        tokens=sorted(tokens, key=lambda token: not token.works(now)),
        scopes=list(Scope),
        usual=WITHOUT_ADDRESSES,
        days=api_tokens.DEFAULT_DAYS,
        most_days=api_tokens.MOST_DAYS,
        is_served=asked.project.config.settings.api.enabled,
    )


def add(asked: AdminRequest) -> Response:
    """Make one, and show it: this one time."""
    role, days = asked.field("role"), asked.field("days")
    if role not in list(Role) or not (days.isascii() and days.isdecimal() and len(days) < 4):
        raise UsageError("the form is not filled in", remedy="choose a role and a number of days")
    scopes = api_tokens.read_scopes(asked.fields("scopes"))
    token, secret = api_tokens.add_token(
        asked.project, asked.field("name"), Role(role), scopes, int(days), asked.who
    )
    return asked.page("token.html.j2", made=token, secret=secret)


def revoke(asked: AdminRequest) -> Response:
    """Let one open nothing from now on."""
    token = api_tokens.revoke_token(asked.project, asked.field("name"), asked.who)
    return asked.back(HERE, f"{token.name} opens nothing any more.")


routes: list[BaseRoute] = [
    admin_route(HERE, show, role=Role.OWNER),
    admin_route(HERE, add, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(f"{HERE}/revoke", revoke, methods=["POST"], role=Role.OWNER, is_grave=True),
]
