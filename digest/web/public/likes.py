"""The page behind "More like this" and "Less like this": GET shows, a button moves.

A mail's text part has one link for both.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.compose.likes import MOST
from digest.parsing import read_number
from digest.services.subscribers import likes
from digest.web.public.signed_links import (
    ErasedError,
    UnknownLinkError,
    field,
    named_by_link,
    private_page,
    reads_form,
    see_other,
)
from digest.web.site import site_of

_WAYS = {"more": 1, "less": -1}


def _named(request: Request) -> tuple[tuple[str, int], int]:
    """The subscription and the story that a link names."""
    number = read_number(request.path_params["story"])
    if number is None:
        raise UnknownLinkError
    return named_by_link(request, "like"), number


def show(request: Request) -> Response:
    """The story, the two buttons, and what counts so far."""
    named_by, number = _named(request)
    way = request.path_params.get("way", "")
    if way and way not in _WAYS:
        raise UnknownLinkError
    shown = likes.read_story_likes(site_of(request).project, named_by, number)
    if shown is None:
        raise ErasedError
    return private_page(
        request,
        "like.html.j2",
        language=shown.language,
        shown=shown,
        way=way,
        most=MOST,
        here=request.url.path,
        is_saved=request.query_params.get("saved") == "1",
    )


def change(request: Request, form: FormData) -> Response:
    """Move the weights, or forget one, as the button says."""
    named_by, number = _named(request)
    project, way, key = site_of(request).project, field(form, "way"), field(form, "forget")
    if way in _WAYS:
        shown = likes.weigh(project, named_by, number, _WAYS[way])
    else:
        shown = likes.forget(project, named_by, number, key)
    if shown is None:
        raise ErasedError
    # The page of the button that was pressed, whichever the link was of.
    page = f"/like/{request.path_params['token']}/{request.path_params['story']}"
    return see_other(f"{page}{f'/{way}' if way in _WAYS else ''}?saved=1")


routes: list[BaseRoute] = [
    *(
        Route(f"/like/{{token}}/{{story}}{way}", page, methods=[method])
        for way in ("", "/{way}")
        for method, page in (("GET", show), ("POST", reads_form(change)))
    ),
]
