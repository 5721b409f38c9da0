"""Where the pages of an issue are."""

from datetime import date

from digest.web.admin_port import ADMIN


def issue_path(newsletter: str, day: date) -> str:
    """The preview, in which it is edited."""
    return f"{ADMIN}/issues/{newsletter}/{day}"


def approval_path(newsletter: str, day: date) -> str:
    """What the gate found, and the buttons to approve and to hold it."""
    return f"{issue_path(newsletter, day)}/approval"


def alert_path(newsletter: str, story_id: int) -> str:
    """The alert about a story."""
    return f"{ADMIN}/alerts/{newsletter}/{story_id}"


def sending_path(newsletter: str, day: date) -> str:
    """How its sending goes, and who did not get it."""
    return f"{issue_path(newsletter, day)}/sending"
