"""Where the pages of an issue are."""

from datetime import date

from digest.parsing import read_issue_date
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


def path_of_key(key: str) -> str:
    """Where an issue is whose key this is; empty where it is none."""
    issue = read_key(key)
    return issue_path(*issue) if issue else ""


def read_key(key: str) -> tuple[str, date] | None:
    """The newsletter and the date of a key such as science-daily-2026-11-21."""
    newsletter, day = key[:-11], key[-10:]
    try:
        return newsletter, read_issue_date(day)
    except ValueError:
        return None
