"""A mail by itself, for the frames of the pages: its HTML, its text, its source, the message.

Whatever a story says, a frame runs no script and sends no form: it is sandboxed, and its policy
allows pictures and styles alone.
"""

from html import escape

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from digest.roles import Role
from digest.services.issues.preview import Preview
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issues import ISSUE, chosen_by, issue_asked, previewer_of, viewpoint_of
from digest.web.admin.layout import HEADERS
from digest.web.admin.mail_looks import MailLook, with_links_apart, with_look

PICTURES_AT = "/pictures/"
_POLICY = (
    "default-src 'none'; {pictures}style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body {{ margin: 16px; font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace }}
pre {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }}</style></head>
<body><pre>{text}</pre></body></html>
"""
_NOTHING = "This issue holds nothing for them."


def mail(asked: AdminRequest) -> Response:
    """The mail in one of its looks, filling its frame."""
    preview = _preview_of(asked)
    try:
        look = MailLook(asked.param("look") or MailLook.LIGHT)
    except ValueError:
        raise HTTPException(404) from None
    return framed_mail(preview, look)


def framed_mail(preview: Preview | None, look: MailLook) -> Response:
    """A mail for a frame, also where it is nothing."""
    if preview is None:
        return framed(_PLAIN.format(title="Nothing", text=_NOTHING))
    html = with_links_apart(with_look(preview.html, look))
    return framed(html, with_pictures=look is not MailLook.BLOCKED)


def framed(html: str, *, with_pictures: bool = False) -> Response:
    """A page that only a frame of ours shows, and that does nothing."""
    pictures = "img-src 'self' data:; " if with_pictures else ""
    policy = {"Content-Security-Policy": _POLICY.format(pictures=pictures)}
    return HTMLResponse(html, headers=HEADERS | policy)


def text(asked: AdminRequest) -> Response:
    """The text part."""
    return framed_text(_preview_of(asked))


def framed_text(preview: Preview | None) -> Response:
    """A text part for a frame."""
    return _plain("The text", preview.text if preview else "")


def source(asked: AdminRequest) -> Response:
    """The HTML as it is mailed."""
    preview = _preview_of(asked)
    return _plain("The source", preview.source if preview else "")


def message(asked: AdminRequest) -> Response:
    """The whole message, to be opened by a mail program."""
    preview, issue = _preview_of(asked), issue_asked(asked)
    if preview is None:
        raise HTTPException(404)
    name = {"Content-Disposition": f'attachment; filename="{issue.key}.eml"'}
    return Response(preview.envelope.message, headers=HEADERS | name, media_type="message/rfc822")


def _plain(title: str, content: str) -> Response:
    return framed(_PLAIN.format(title=title, text=escape(content)))


def _preview_of(asked: AdminRequest) -> Preview | None:
    issue, previewer = issue_asked(asked), previewer_of(asked)
    mail = previewer.find(issue.newsletter, issue.date)
    if mail is None:
        return None
    viewpoint = viewpoint_of(previewer, issue.newsletter, chosen_by(asked))
    return previewer.show(mail, viewpoint, PICTURES_AT)


routes: list[BaseRoute] = [
    admin_route(f"{ISSUE}/mail", mail, role=Role.VIEWER),
    admin_route(f"{ISSUE}/text", text, role=Role.VIEWER),
    admin_route(f"{ISSUE}/source", source, role=Role.EDITOR),
    admin_route(f"{ISSUE}/message", message, role=Role.EDITOR),
]
