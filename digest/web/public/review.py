"""The page that an editor's mail leads to: what is to go out, and the button. GET changes nothing.

On the site, not among the editors' pages: those may be where no phone reaches them.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.app import make_issue_builder, make_previewer
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.services.admins import audit
from digest.services.issues import approve as approving
from digest.services.issues.edit import make_edits, release
from digest.services.issues.edit_rules import clean
from digest.services.issues.editor_link import EditorLink, read_editor_link
from digest.services.issues.preview import Viewpoint
from digest.web.admin.layout import Frame, admin_page, see_other
from digest.web.admin.mail_frame import PICTURES_AT, framed_mail
from digest.web.admin.mail_looks import MailLook
from digest.web.public.signed_links import UnknownLinkError, field, reads_form
from digest.web.site import site_of

_DONE = {
    "approve": "Approved, as it stands here.",
    "pull-back": "The approval is pulled back.",
    "hold": "It is held: it waits until it is released.",
    "release": "It is released.",
}


def show(request: Request) -> Response:
    """What is to go out, and what can be decided."""
    link = _link(request)
    project = site_of(request).project
    review, reason = None, ""
    try:
        builder = make_issue_builder(project)
        review = approving.review(project, builder, link.newsletter, link.date)
    except UsageError as error:
        reason = error.message
    return admin_page(
        request,
        "review_by_link.html.j2",
        Frame(None, ""),
        link=link,
        review=review,
        reason=reason,
        path=request.url.path,
    )


def show_mail(request: Request) -> Response:
    """The mail that is to go out, as one who chose no topics gets it, for a frame of the page."""
    link, previewer = _link(request), make_previewer(site_of(request).project)
    found = previewer.find(link.newsletter, link.date)
    preview = previewer.show(found, Viewpoint(), PICTURES_AT) if found else None
    return framed_mail(preview, MailLook.LIGHT)


def decide(request: Request, form: FormData) -> Response:
    """Approve, pull back, hold or release, as the button says."""
    link, action = _link(request), field(form, "action")
    if link.may_decide and action in _DONE:
        address = request.client.host if request.client else ""
        with audit.coming_from(address):
            try:
                _do(request, link, action, form)
            except UsageError as error:
                message = f"{error.message[:1].upper()}{error.message[1:]}."
                return see_other(request, request.url.path, message, is_fault=True)
        return see_other(request, request.url.path, _DONE[action])
    return see_other(request, request.url.path, "You may not decide this.", is_fault=True)


def _do(request: Request, link: EditorLink, action: str, form: FormData) -> None:
    project, of_issue = site_of(request).project, (link.newsletter, link.date)
    if action == "approve":
        builder, seen = make_issue_builder(project), field(form, "seen") or "nothing"
        approving.approve(project, builder, *of_issue, link.who, seen)
    elif action == "pull-back":
        approving.pull_back(project, *of_issue, link.who)
    elif action == "hold":
        reason = clean(field(form, "reason") or f"{link.who} did not say why")
        make_edits(project, *of_issue, [Edit(EditKind.HOLD, (reason,))], link.who)
    else:
        release(project, *of_issue, link.who)


def _link(request: Request) -> EditorLink:
    link = read_editor_link(site_of(request).project, request.path_params["token"])
    if link is None:
        raise UnknownLinkError
    return link


routes: list[BaseRoute] = [
    Route("/review/{token}", show, methods=["GET"]),
    Route("/review/{token}/mail", show_mail, methods=["GET"]),
    Route("/review/{token}", reads_form(decide), methods=["POST"]),
]
