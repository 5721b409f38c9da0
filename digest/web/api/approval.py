"""An issue is approved as it was seen, held, skipped; its sending is paused, resumed, stopped."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from digest.app import make_issue_builder
from digest.errors import UsageError
from digest.issue_edits import Edit, EditKind
from digest.model import Finding, IssueState
from digest.scopes import Scope
from digest.services.delivery import pause_and_stop
from digest.services.issues import approve as approving
from digest.services.issues.approve import Review
from digest.services.issues.edit import make_edits, release
from digest.services.issues.waive import let_pass
from digest.web.api.issues import ONE, find_issue
from digest.web.api.operation import ApiCall, ChangedError, Operation, Tagged
from digest.web.api.values import Day, SeenLine, Slug, Strict


class FindingView(TypedDict):
    """What the gate found: `error` holds the issue, `waived` somebody let pass."""

    id: str
    place: str
    level: str
    detail: str
    remedy: str


class ApprovalView(TypedDict):
    """An issue that is to be approved; the ETag stands for what would go out.

    `void` says why an approval counts no more; `goes_at` is when it is sealed as things stand:
    null where it is held, waits for approval or has too few stories.
    """

    required: bool
    approved_by: str | None
    approved_at: datetime | None
    void: str
    subject: str
    findings: list[FindingView]
    subscribers: int
    goes_at: datetime | None


class StateView(TypedDict):
    """How far an issue has come."""

    state: IssueState | None
    reason: str


class WithReason(Strict):
    """Why: it is shown on the desk."""

    reason: SeenLine


class NewWaiver(Strict):
    """A finding, by its id, and why it may pass."""

    finding: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    reason: SeenLine


class NewHour(Strict):
    """When it is sealed, by the newsletter's clock, instead of at its hour."""

    hour: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def show(call: ApiCall, newsletter: Slug, date: Day) -> Tagged[ApprovalView]:
    """Show what would go out, and what stands against it."""
    return _tagged(_review(call, newsletter, date))


def approve(call: ApiCall, newsletter: Slug, date: Day) -> Tagged[ApprovalView]:
    """Approve an issue as it was seen: the ETag is that of its approval."""
    letter, _ = find_issue(call, newsletter, date)
    builder = make_issue_builder(call.project)
    if call.if_match == "*":
        raise UsageError(
            "an approval is of what was seen", remedy="send the ETag that it was read with"
        )
    current = approving.review(call.project, builder, letter, date)
    if _etag(current) != call.if_match:
        raise ChangedError
    seen = current.content_hash
    approving.approve(call.project, builder, letter, date, call.who, seen)
    return _tagged(_review(call, newsletter, date))


def waive(call: ApiCall, newsletter: Slug, date: Day, body: NewWaiver) -> FindingView:
    """Let a finding of the gate pass, as long as it says the same; the reason stays on record."""
    findings = _review(call, newsletter, date).findings
    letter = call.newsletter(newsletter)
    let_pass(call.project, letter, date, findings, body.finding, body.reason, call.who)
    waived = _review(call, newsletter, date).findings
    return next(_finding(finding) for finding in waived if finding.id == body.finding)


def change_hour(call: ApiCall, newsletter: Slug, date: Day, body: NewHour) -> StateView:
    """Let the issue of a date go out at another hour."""
    return _decide(call, newsletter, date, EditKind.HOUR, body.hour)


def pull_back(call: ApiCall, newsletter: Slug, date: Day) -> None:
    """Let the approval count no more."""
    letter, _ = find_issue(call, newsletter, date)
    approving.pull_back(call.project, letter, date, call.who)


def hold(call: ApiCall, newsletter: Slug, date: Day, body: WithReason) -> StateView:
    """Let an issue wait until it is released."""
    return _decide(call, newsletter, date, EditKind.HOLD, body.reason)


def skip(call: ApiCall, newsletter: Slug, date: Day, body: WithReason) -> StateView:
    """Let there be no issue on a date; its stories stay new."""
    return _decide(call, newsletter, date, EditKind.SKIP, body.reason)


def let_go(call: ApiCall, newsletter: Slug, date: Day) -> StateView:
    """Release an issue that somebody held or skipped."""
    letter, _ = find_issue(call, newsletter, date)
    release(call.project, letter, date, call.who)
    return _state(call, newsletter, date)


def pause(call: ApiCall, newsletter: Slug, date: Day) -> StateView:
    """Let what is left of an issue wait."""
    letter, _ = find_issue(call, newsletter, date)
    pause_and_stop.pause(call.project, letter, date, call.who)
    return _state(call, newsletter, date)


def resume(call: ApiCall, newsletter: Slug, date: Day) -> StateView:
    """Let a paused issue go on."""
    letter, _ = find_issue(call, newsletter, date)
    pause_and_stop.resume(call.project, letter, date, call.who)
    return _state(call, newsletter, date)


def stop(call: ApiCall, newsletter: Slug, date: Day, body: WithReason) -> StateView:
    """Send nothing more of an issue, for good."""
    letter, _ = find_issue(call, newsletter, date)
    pause_and_stop.stop(call.project, letter, date, call.who, body.reason)
    return _state(call, newsletter, date)


def _decide(call: ApiCall, newsletter: str, date: Day, kind: EditKind, line: str) -> StateView:
    letter, _ = find_issue(call, newsletter, date)
    make_edits(call.project, letter, date, [Edit(kind, (line,))], call.who)
    return _state(call, newsletter, date)


def _state(call: ApiCall, newsletter: str, date: Day) -> StateView:
    _, record = find_issue(call, newsletter, date)
    return {
        "state": record.state if record else None,
        "reason": record.reason if record else "",
    }


def _review(call: ApiCall, newsletter: str, date: Day) -> Review:
    letter, _ = find_issue(call, newsletter, date)
    return approving.review(call.project, make_issue_builder(call.project), letter, date)


def _tagged(review: Review) -> Tagged[ApprovalView]:
    record = review.approval.record
    return Tagged(
        {
            "required": review.newsletter.approval == "required",
            "approved_by": record.approved_by if record else None,
            "approved_at": record.approved_at if record else None,
            "void": review.approval.void,
            "subject": review.issue.subject if review.issue else "",
            "findings": [_finding(finding) for finding in review.findings],
            "subscribers": review.subscribers,
            "goes_at": review.goes_by_itself_at,
        },
        _etag(review),
    )


def _etag(review: Review) -> str:
    return f'"{review.content_hash[:32]}"' if review.content_hash else '"nothing"'


def _finding(finding: Finding) -> FindingView:
    return {
        "id": finding.id,
        "place": finding.place,
        "level": finding.level,
        "detail": finding.detail,
        "remedy": finding.remedy,
    }


_APPROVAL = f"{ONE}/approval"
_APPROVE = Scope.ISSUES_APPROVE
operations = [
    Operation("GET", _APPROVAL, show, Scope.ISSUES_READ),
    Operation("PUT", _APPROVAL, approve, _APPROVE, conditional=True),
    Operation("DELETE", _APPROVAL, pull_back, _APPROVE),
    Operation("POST", f"{ONE}/waivers", waive, _APPROVE, status=201, creates=True),
    *(
        Operation("POST", f"{ONE}/{action}", endpoint, _APPROVE)
        for action, endpoint in (
            ("hold", hold),
            ("skip", skip),
            ("hour", change_hour),
            ("release", let_go),
            ("pause", pause),
            ("resume", resume),
            ("stop", stop),
        )
    ),
]
