"""Why an issue is as it is, in words."""

from digest.model import IssueCause


def issue_reason(cause: IssueCause | None, reason: str) -> str:
    """Why an issue is held or skipped, or why its last run stopped."""
    return f"held until its day was over: {reason}" if cause is IssueCause.DAY_OVER else reason
