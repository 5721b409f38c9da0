"""How the approval of an issue stands, as the commands say it."""

from typing import Any

from digest.cli.local_times import Tell
from digest.services.issues.approval import ApprovalStatus


def approval_sentence(status: ApprovalStatus, tell: Tell) -> str:
    """For people."""
    if status.record is None:
        return "Nobody approved it yet: digest issue approve"
    who = status.record.approved_by
    if status.void:
        return f"The approval of {who} is void: {status.void}."
    return f"{who} approved it on {tell(status.record.approved_at)}."


def approval_json(status: ApprovalStatus) -> dict[str, Any] | None:
    """For programs; nothing where nobody approved it."""
    if status.record is None:
        return None
    return {
        "by": status.record.approved_by,
        "at": status.record.approved_at,
        "content_hash": status.record.content_hash,
        "final_at": status.record.final_at,
        "void": status.void or None,
    }
