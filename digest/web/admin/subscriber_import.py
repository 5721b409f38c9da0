"""An import of subscribers: a file is tried first, and imported where somebody says so."""

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import NotFoundError, UsageError
from digest.roles import Role
from digest.services.subscribers.importing.upload import Upload, Uploads
from digest.text import clean_line
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin_port import UPLOAD

# Of broken lines so many are named on the page.
_NAMED = 50
OUTCOMES = {
    "added": "added",
    "updated": "there already: they get what the file says of them",
    "suppressed": "left out: they unsubscribed or bounced here",
    "unsubscribed": "unsubscribed there: they get nothing here either",
    "bounced": "bounced there: suppressed",
    "complained": "complained or were blocked there: suppressed",
    "unconfirmed": "left out: they never confirmed",
    "disabled": "left out: they were disabled there",
}


def take(asked: AdminRequest) -> Response:
    """Keep a file, and try it."""
    newsletter = asked.project.config.newsletter(asked.field("newsletter"))
    file = asked.form.get("file")
    if newsletter is None or not isinstance(file, UploadFile) or not file.size:
        raise UsageError("no file was chosen", remedy="choose a CSV file and a newsletter")
    name = clean_line(file.filename or "")[:100] or "a file"
    upload = _uploads(asked).take(file.file, name, newsletter)
    return asked.back(f"{UPLOAD}/{upload.id}")


def show(asked: AdminRequest) -> Response:
    """How far it has come, and what came of it."""
    return asked.page(
        "import.html.j2", upload=_upload(asked), outcomes=OUTCOMES, named=_NAMED, path=UPLOAD
    )


def carry_out(asked: AdminRequest) -> Response:
    """Import what was tried."""
    upload = _upload(asked)
    _uploads(asked).carry_out(upload, asked.actor)
    return asked.back(f"{UPLOAD}/{upload.id}")


def _uploads(asked: AdminRequest) -> Uploads:
    """Those of this process."""
    uploads: Uploads = asked.request.app.state.uploads
    return uploads


def _upload(asked: AdminRequest) -> Upload:
    upload = _uploads(asked).find(asked.request.path_params["upload"])
    if upload is None:
        raise NotFoundError("this file is not here any more", remedy="choose it once more")
    return upload


routes: list[BaseRoute] = [
    admin_route(UPLOAD, take, methods=["POST"], role=Role.EDITOR, files=1),
    admin_route(f"{UPLOAD}/{{upload}}", show, role=Role.EDITOR),
    admin_route(f"{UPLOAD}/{{upload}}", carry_out, methods=["POST"], role=Role.EDITOR),
]
