"""Approve an issue or hold it, with what the gate found: each button says what it does."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.app import make_issue_builder
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.roles import Role
from digest.services.issues import approve as approving
from digest.services.issues.edit import make_edits, release
from digest.services.issues.edit_rules import NO_REASON, clean
from digest.services.issues.waive import let_pass
from digest.web.admin.access import AdminRequest, admin_route
from digest.web.admin.issue_of import issue_of
from digest.web.admin.issue_paths import approval_path, issue_path, sending_path
from digest.web.admin.issues import IssueAsked

PASSED = "It may pass, for the reason that you gave."
PATH = approval_path("{newsletter}", "{day}")  # type: ignore[arg-type] # a pattern


def show(asked: AdminRequest) -> Response:
    """The issue as it would go out, what stands against it, and what can be decided."""
    newsletter, day = issue_of(asked)
    builder = make_issue_builder(asked.project)
    try:
        review = approving.review(asked.project, builder, newsletter, day)
    except UsageError as error:
        return asked.page(
            "approval_over.html.j2",
            newsletter=newsletter,
            day=day,
            reason=error.message,
            issue_path=issue_path(newsletter.id, day),
            sending_path=sending_path(newsletter.id, day),
        )
    return asked.page(
        "approval.html.j2",
        review=review,
        path=approval_path(newsletter.id, day),
        issue=IssueAsked(newsletter, day),
    )


def approve(asked: AdminRequest) -> Response:
    """Approve what the page showed."""
    newsletter, day = issue_of(asked)
    builder = make_issue_builder(asked.project)
    seen = asked.field("seen") or "nothing"
    approving.approve(asked.project, builder, newsletter, day, asked.who, seen)
    return asked.back(approval_path(newsletter.id, day), "Approved, as it stands here.")


def pull_back(asked: AdminRequest) -> Response:
    """Let the approval count no more."""
    newsletter, day = issue_of(asked)
    approving.pull_back(asked.project, newsletter, day, asked.who)
    return asked.back(approval_path(newsletter.id, day), "The approval is pulled back.")


def _stop(kind: EditKind, message: str) -> Callable[[AdminRequest], Response]:
    def decide(asked: AdminRequest) -> Response:
        newsletter, day = issue_of(asked)
        reason = clean(asked.field("reason") or NO_REASON)
        make_edits(asked.project, newsletter, day, [Edit(kind, (reason,))], asked.who)
        return asked.back(approval_path(newsletter.id, day), message)

    return decide


def let_go(asked: AdminRequest) -> Response:
    """Undo what holds or skips it."""
    newsletter, day = issue_of(asked)
    release(asked.project, newsletter, day, asked.who)
    return asked.back(approval_path(newsletter.id, day), "It is released.")


def waive(asked: AdminRequest) -> Response:
    """Let findings pass."""
    newsletter, day = issue_of(asked)
    project, reason = asked.project, asked.field("reason")
    current = approving.review(project, make_issue_builder(project), newsletter, day)
    for name in asked.fields("finding"):
        let_pass(project, newsletter, day, current.findings, name, reason, asked.who)
    return asked.back(approval_path(newsletter.id, day), PASSED)


_hold = _stop(EditKind.HOLD, "It is held: it waits until it is released.")
_skip = _stop(EditKind.SKIP, "There is no issue on this date; its stories stay new.")

routes: list[BaseRoute] = [
    admin_route(PATH, show, role=Role.VIEWER),
    *(
        admin_route(f"{PATH}/{action}", endpoint, methods=["POST"], role=Role.PUBLISHER)
        for action, endpoint in (
            ("approve", approve),
            ("pull-back", pull_back),
            ("hold", _hold),
            ("skip", _skip),
            ("release", let_go),
            ("waive", waive),
        )
    ),
]
