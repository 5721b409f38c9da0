"""An alert between issues: as it is mailed, what the gate found, and what may pass."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.app import make_notice_renderer
from digest.roles import Role
from digest.services.delivery.alert_review import AlertReview, let_alert_pass, review_alert
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.approval import PASSED
from digest.web.admin.issue_paths import alert_path
from digest.web.admin.mail_frame import framed
from digest.web.admin.mail_looks import with_links_apart

PATH = alert_path("{newsletter}", "{story:int}")  # type: ignore[arg-type] # a pattern


def show(asked: AdminRequest) -> Response:
    """The mail, with what stands against it."""
    review = _review_of(asked)
    path = alert_path(review.newsletter.id, review.story_id)
    return asked.page("alert.html.j2", review=review, path=path)


def mail(asked: AdminRequest) -> Response:
    """The mail alone, for a frame."""
    return framed(with_links_apart(_review_of(asked).html))


def waive(asked: AdminRequest) -> Response:
    """Let findings pass."""
    review, reason = _review_of(asked), asked.field("reason")
    for name in asked.fields("finding"):
        let_alert_pass(asked.project, review, name, reason, asked.who)
    return asked.back(alert_path(review.newsletter.id, review.story_id), PASSED)


def _review_of(asked: AdminRequest) -> AlertReview:
    project, parameters = asked.project, asked.request.path_params
    newsletter = project.config.newsletter(parameters["newsletter"])
    if newsletter is None:
        raise HTTPException(404)
    renderer = make_notice_renderer(project)
    return review_alert(project, newsletter, parameters["story"], renderer)


routes: list[BaseRoute] = [
    admin_route(PATH, show, role=Role.VIEWER),
    admin_route(f"{PATH}/mail", mail, role=Role.VIEWER),
    admin_route(f"{PATH}/waive", waive, methods=["POST"], role=Role.PUBLISHER),
]
