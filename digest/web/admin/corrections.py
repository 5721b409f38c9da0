"""Correct a story on the site after it was mailed."""

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from digest.errors import UsageError
from digest.roles import Role
from digest.services.issues.edit_rules import LONGEST_BULLET, clean
from digest.services.stories.correct import correct as correct_story
from digest.services.stories.correct import read_story
from digest.web.admin.access import AdminRequest, admin_route

PATH = "/admin/stories/{number:row}/correct"


def show(asked: AdminRequest) -> Response:
    """The words of today, to be changed, and what was corrected before."""
    number = asked.request.path_params["number"]
    story_and_corrections = read_story(asked.project, number)
    if story_and_corrections is None:
        raise HTTPException(404)
    story, made, mailed = story_and_corrections
    return asked.page("correct.html.j2", story=story, corrections=made, mailed=mailed)


def correct(asked: AdminRequest) -> Response:
    """Keep it."""
    number = asked.request.path_params["number"]
    lines = [line for line in asked.field("bullets").splitlines() if line.strip()]
    if not lines:
        raise UsageError("a story has a bullet at least", remedy="write one a line")
    bullets = [clean(line, LONGEST_BULLET) for line in lines]
    headline, note = clean(asked.field("headline")), clean(asked.field("note"))
    correct_story(asked.project, number, note, asked.who, headline=headline, bullets=bullets)
    return asked.back(asked.request.url.path, "Corrected on the site; the mail stays as it was.")


routes: list[BaseRoute] = [
    admin_route(PATH, show, role=Role.VIEWER),
    admin_route(PATH, correct, methods=["POST"], role=Role.PUBLISHER),
]
