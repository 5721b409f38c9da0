"""The preview of an issue, as anybody would get it; tests of it, links to it, comments at it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from digest.app import make_backends, make_previewer
from digest.errors import DigestError
from digest.model import Finding
from digest.render.size_limit import BUDGET
from digest.render.skeleton import encode
from digest.roles import Role
from digest.services.issues.comments import add_comment, comments_on
from digest.services.issues.edit import edited_issue, next_date
from digest.services.issues.preview import Preview, Viewpoint
from digest.services.issues.send_test import send_tests
from digest.services.issues.share import share_draft
from digest.store import issues
from digest.store.subscriber_search import addresses_starting_with
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issues import (
    ISSUE,
    Chosen,
    IssueAsked,
    chosen_by,
    issue_asked,
    mail_topics,
    previewer_of,
    viewpoint_of,
)
from digest.web.admin.layout import Frame, admin_page
from digest.web.admin.mail_frame import PICTURES_AT, framed_mail, framed_text
from digest.web.admin.mail_looks import MailLook
from digest.web.site import site_of

# By what an address calls them, and what a page does.
WIDTHS = {"both": "Phone and desktop", "desktop": "Desktop", "tablet": "Tablet", "phone": "Phone"}
LOOKS = {
    "light": "Light",
    "dark": "Dark",
    "gmail": "Gmail’s dark",  # noqa: RUF001 - an apostrophe
    "outlook": "Outlook’s dark",  # noqa: RUF001
    "blocked": "No pictures",
}
PARTS = {"mail": "Mail", "text": "Plain text", "source": "Source"}
SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class View:
    """What a preview shows, as its address says it."""

    chosen: Chosen
    look: str = "light"
    width: str = "both"
    part: str = "mail"
    beside: bool = False

    def link(self, **changes: object) -> str:
        """The address, after the path, of this view with something else."""
        view = replace(self, **changes)  # type: ignore[arg-type]
        more = {"look": view.look, "width": view.width, "part": view.part}
        standard = View(Chosen())
        told = {name: value for name, value in more.items() if value != getattr(standard, name)}
        if view.beside:
            told["beside"] = "yesterday"
        return "?" + "&".join(filter(None, [view.chosen.query, urlencode(told)]))

    @property
    def frame(self) -> str:
        """The address of what its frames show, below that of the issue."""
        look = {"look": self.look} if self.part == "mail" and self.look != "light" else {}
        query = "&".join(filter(None, [self.chosen.query, urlencode(look)]))
        return f"/{self.part}" + (f"?{query}" if query else "")

    @property
    def frames(self) -> tuple[str, ...]:
        """How wide each frame is."""
        return ("desktop", "phone") if self.width == "both" else (self.width,)


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding, where it is in the mail (an anchor), and which page mends it; empty: nowhere."""

    finding: Finding
    anchor: str = ""
    mend: str = ""


def show(asked: AdminRequest) -> Response:
    """The preview with all that belongs to it."""
    return _page(asked, issue_asked(asked), _view_of(asked))


def _page(
    asked: AdminRequest,
    issue: IssueAsked,
    view: View,
    *,
    typed: str = "",
    refusal: DigestError | None = None,
) -> Response:
    """The page, with the addresses of a test that was not sent, and why."""
    previewer = previewer_of(asked)
    found = previewer.find(issue.newsletter, issue.date)
    preview, nobody = None, ""
    if found is not None:
        try:
            viewpoint = viewpoint_of(previewer, issue.newsletter, view.chosen)
            if view.chosen.email:
                whose = replace(view.chosen, email=viewpoint.subscriber.email)
                view = replace(view, chosen=whose)
        except DigestError as error:
            nobody, view = error.message, replace(view, chosen=Chosen())
            viewpoint = Viewpoint()
        preview = previewer.show(found, viewpoint, PICTURES_AT)
    with asked.project.database.read() as connection:
        earlier = issues.date_before(connection, issue.newsletter.id, issue.date)
    return asked.page(
        "preview.html.j2",
        issue=issue,
        edited=edited_issue(asked.project, issue.newsletter, issue.date),
        next_date=next_date(asked.project, issue.newsletter),
        view=view,
        preview=preview,
        nobody=nobody,
        size=_size(preview),
        budget=BUDGET,
        findings=placed(previewer.inspect(found) if found else [], issue),
        topics=mail_topics(found, asked.project),
        earlier=earlier and issue.beside((earlier - issue.date).days),
        comments=comments_on(asked.project, issue.newsletter.id, issue.date),
        looks=LOOKS,
        widths=WIDTHS,
        parts=PARTS,
        typed=typed,
        refusal=refusal,
        status=400 if refusal else 200,
    )


def _view_of(asked: AdminRequest) -> View:
    def one_of(name: str, known: dict[str, str]) -> str:
        value = asked.param(name)
        return value if value in known else next(iter(known))

    return View(
        chosen_by(asked),
        one_of("look", LOOKS),
        one_of("width", WIDTHS),
        one_of("part", PARTS),
        asked.param("beside") == "yesterday",
    )


def _size(preview: Preview | None) -> int:
    """Bytes of the HTML as it is encoded, which is what Gmail clips by."""
    return len(encode(preview.source)) if preview else 0


def placed(findings: Sequence[Finding], issue: IssueAsked) -> list[PlacedFinding]:
    """The findings, the errors first, each with where it is."""
    order = {"error": 0, "warning": 1}
    ranked = sorted(findings, key=lambda finding: order.get(finding.level, 2))
    return [_placed(finding, issue) for finding in ranked]


def _placed(finding: Finding, issue: IssueAsked) -> PlacedFinding:
    kind, _, number = finding.place.partition(" ")
    if kind == "story" and number.isdecimal():
        return PlacedFinding(finding, f"#story-{number}", f"{issue.path}/edit/{number}")
    if kind in ("subject", "preheader"):
        return PlacedFinding(finding, mend=f"{issue.path}/edit#{kind}")
    return PlacedFinding(finding)


def suggest(asked: AdminRequest) -> Response:
    """Addresses that begin with what was typed, for the field of the preview."""
    issue, text = issue_asked(asked), asked.param("as")
    with asked.project.database.read() as connection:
        found = (
            addresses_starting_with(connection, issue.newsletter.id, text, SUGGESTIONS)
            if text
            else []
        )
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def send_test(asked: AdminRequest) -> Response:
    """Mail the issue as a test, as the page shows it."""
    issue, previewer, chosen = issue_asked(asked), previewer_of(asked), chosen_by(asked)
    back = f"{issue.path}?{chosen.query}".rstrip("?")
    found = previewer.find(issue.newsletter, issue.date)
    if found is None:
        return asked.back(back, "Nothing is new for it yet.", is_fault=True)
    typed = asked.field("to")
    addresses = typed.replace(",", " ").replace(";", " ").split()
    try:
        sent = send_tests(
            asked.project,
            previewer,
            found,
            viewpoint_of(previewer, issue.newsletter, chosen),
            addresses or [asked.admin.email],
            lambda: make_backends(asked.project.config),
            asked.who,
        )
    except DigestError as refusal:
        return _page(asked, issue, View(chosen), typed=typed, refusal=refusal)
    failed = [f"{test.address}: {test.outcome.reply}" for test in sent if not test.is_sent]
    if failed:
        return asked.back(back, f"Not sent to {'; '.join(failed)}", is_fault=True)
    names = ", ".join(test.address for test in sent)
    return asked.back(back, f"A test as {chosen.words} is on its way to {names}.")


def share(asked: AdminRequest) -> Response:
    """A link that shows the issue to a colleague without an account, for a day."""
    issue = issue_asked(asked)
    draft = share_draft(asked.project, issue.newsletter, issue.date, asked.who)
    url = asked.request.url
    return asked.page(
        "share.html.j2",
        issue=issue,
        link=f"{url.scheme}://{url.netloc}/admin/look/{quote(draft.token)}",
        until=draft.until,
    )


def comment(asked: AdminRequest) -> Response:
    """Say something of the draft."""
    issue = issue_asked(asked)
    add_comment(asked.project, issue.newsletter.id, issue.date, asked.field("comment"), asked.who)
    return asked.back(f"{issue.path}#comments")


def look(request: Request) -> Response:
    """What a link of `share` shows: the issue as it is now, and nothing to press."""
    issue = _shared(request)
    if issue is None:
        return admin_page(request, "look_over.html.j2", Frame(None, ""), status=404)
    return admin_page(
        request,
        "look.html.j2",
        Frame(None, ""),
        issue=issue,
        path=f"/admin/look/{request.path_params['token']}",
        looks=LOOKS,
        look=request.query_params.get("look", "light"),
    )


def look_frame(request: Request) -> Response:
    """Its mail, or the text of it."""
    issue = _shared(request)
    if issue is None:
        raise HTTPException(404)
    previewer = make_previewer(site_of(request).project)
    found = previewer.find(issue.newsletter, issue.date)
    preview = previewer.show(found, Viewpoint(), PICTURES_AT) if found else None
    if request.path_params["part"] == "text":
        return framed_text(preview)
    try:
        return framed_mail(preview, MailLook(request.query_params.get("look", "light")))
    except ValueError:
        raise HTTPException(404) from None


def _shared(request: Request) -> IssueAsked | None:
    """The issue of a link, as long as the link counts."""
    project = site_of(request).project
    named = project.links.read_shared_draft(request.path_params["token"])
    if named is None or named[2] < project.clock():
        return None
    newsletter = project.config.newsletter(named[0])
    return IssueAsked(newsletter, named[1]) if newsletter else None


routes: list[BaseRoute] = [
    admin_route(ISSUE, show, role=Role.VIEWER),
    admin_route(f"{ISSUE}/subscribers", suggest, role=Role.EDITOR),
    admin_route(f"{ISSUE}/test", send_test, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/share", share, methods=["POST"], role=Role.EDITOR),
    admin_route(f"{ISSUE}/comments", comment, methods=["POST"], role=Role.VIEWER),
    # For whoever has the link; they have no account.
    Route("/admin/look/{token}", look),
    Route("/admin/look/{token}/{part}", look_frame),
]
