"""For owners: who has an account, with what role. And for everybody: what was done."""

from itertools import groupby
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.clock import local_date
from digest.parsing import read_number
from digest.roles import Role
from digest.services.admins import accounts, audit
from digest.services.sources.all_feeds import all_feeds
from digest.store import stories
from digest.web.admin.access import AdminRequest, a_role, admin_route
from digest.web.admin.record_words import Names, in_words, stories_in

HERE = "/admin/accounts"


def show(asked: AdminRequest) -> Response:
    """All accounts."""
    return asked.page("accounts.html.j2", everyone=accounts.all_admins(asked.project))


def add(asked: AdminRequest) -> Response:
    """Add one, and show the link for its owner."""
    role = _role_of(asked)
    admin = accounts.add_admin(
        asked.project, asked.field("email"), asked.field("name"), role, asked.who
    )
    return _link_page(asked, admin.email)


def change(asked: AdminRequest) -> Response:
    """Give one another role."""
    admin = accounts.change_role(asked.project, asked.field("email"), _role_of(asked), asked.who)
    return asked.back(HERE, f"{admin.name} is {a_role(admin.role)} now.")


def make_link(asked: AdminRequest) -> Response:
    """A new link for whoever lost their password or their phone."""
    return _link_page(asked, asked.field("email"))


def remove(asked: AdminRequest) -> Response:
    """Take one away."""
    admin = accounts.remove_admin(asked.project, asked.field("email"), asked.who)
    return asked.back(HERE, f"{admin.name} has no account any more.")


def show_record(asked: AdminRequest) -> Response:
    """Who did what, the newest first."""
    before, subject = asked.param("before"), asked.param("subject")
    entries = audit.latest(
        asked.project.database,
        before=read_number(before),
        subject=subject,
    )
    config = asked.project.config
    with asked.project.database.read() as connection:
        names = Names(
            config.newsletter_names,
            {source.id: source.name or source.id for source in all_feeds(connection, config)},
            stories.headlines(connection, stories_in(entries)),
        )
    lines = [in_words(entry, names) for entry in entries]
    days = groupby(
        lines, lambda line: local_date(line.entry.at, ZoneInfo(config.settings.timezone))
    )
    return asked.page(
        "record.html.j2",
        days=[(day, list(of_day)) for day, of_day in days],
        subject=subject,
        older=entries[-1].id if len(entries) == audit.PAGE else None,
    )


def _role_of(asked: AdminRequest) -> Role:
    role = asked.field("role")
    return Role(role) if role in list(Role) else Role.VIEWER


def _link_page(asked: AdminRequest, email: str) -> Response:
    path = accounts.make_link(asked.project, email, asked.who)
    url = asked.project.config.settings.admin_url_at(str(asked.request.base_url))
    link = f"{url}{path}"
    return asked.page("account_link.html.j2", email=email, link=link)


routes: list[BaseRoute] = [
    admin_route(HERE, show, role=Role.OWNER),
    admin_route(HERE, add, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(f"{HERE}/role", change, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(f"{HERE}/link", make_link, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route(f"{HERE}/remove", remove, methods=["POST"], role=Role.OWNER, is_grave=True),
    admin_route("/admin/record", show_record, role=Role.VIEWER),
]
