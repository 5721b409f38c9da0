"""The newsletter and the date that a page's address names."""

from datetime import date

from starlette.exceptions import HTTPException

from digest.model import Newsletter
from digest.parsing import read_issue_date
from digest.web.admin.access import AdminRequest


def issue_of(asked: AdminRequest) -> tuple[Newsletter, date]:
    """Of the page that is asked for; not found where there is no such newsletter or day."""
    params = asked.request.path_params
    newsletter = asked.project.config.newsletter(params["newsletter"])
    try:
        day = read_issue_date(params["day"])
    except ValueError:
        raise HTTPException(404) from None
    if newsletter is None or day.isoformat() != params["day"]:
        raise HTTPException(404)
    return newsletter, day
