"""What people say of a draft: on its page, or in an answer to its test mail."""

from datetime import date

from digest.errors import UsageError
from digest.project import Project
from digest.store import comments
from digest.store.comments import Comment
from digest.text import clean_line

# A longer answer to a test is cut.
LONGEST_COMMENT = 2_000


def comments_on(project: Project, newsletter: str, day: date) -> list[Comment]:
    """The comments at the issue of a date, the oldest first."""
    with project.database.read() as connection:
        return comments.of_issue(connection, newsletter, day)


def add_comment(project: Project, newsletter: str, day: date, text: str, who: str) -> Comment:
    """Keep a comment; a usage error where it says nothing."""
    cleaned = clean_comment(text)
    if not cleaned:
        raise UsageError("the comment says nothing", remedy="write something")
    with project.database.write() as connection:
        return comments.add(connection, newsletter, day, cleaned, who, project.clock())


def clean_comment(text: str) -> str:
    """The lines of a comment, each clean, as many as fit."""
    lines = [clean_line(line) for line in text.splitlines()]
    return "\n".join(lines).strip()[:LONGEST_COMMENT]
