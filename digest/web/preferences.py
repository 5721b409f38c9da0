"""What a reader chooses, behind a signed link.

One page: one form for all that is chosen, and a form for each thing that is done.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.clock import local_date
from digest.desk.people import choices, moving, readers
from digest.desk.people.choices import Choices, Fault, Filled
from digest.desk.people.names import LONGEST_NAME
from digest.desk.people.readers import Preferences
from digest.desk.people.signup_form import offer
from digest.mailaddress import masked
from digest.render.rhythm import hours_of_day, languages, rhythm
from digest.store import dossier
from digest.web.private import (
    HEADERS,
    ErasedError,
    UnknownLinkError,
    field,
    named_by_link,
    private_page,
    reads_form,
    see_other,
    ticked,
)
from digest.web.site import site_of
from digest.web.zones import other_zone, zone_groups

# What a form does in a transaction, or all that is wrong with what was filled in.
Act = Callable[[sa.Connection, Request, FormData, Preferences, datetime], Sequence[Fault]]


def _here(request: Request) -> str:
    return f"/preferences/{request.path_params['token']}"


def _who(request: Request) -> tuple[str, int]:
    # Asked for before a transaction begins: a made-up link is to cost the database nothing.
    return named_by_link(request, "preferences")


def _see(connection: sa.Connection, request: Request, who: tuple[str, int]) -> Preferences:
    pipeline = site_of(request).pipeline
    seen = readers.see(connection, pipeline.config, *who, pipeline.clock())
    if seen is None:
        raise ErasedError
    return seen


def show(request: Request) -> Response:
    """The page, with a note of what was saved a moment ago."""
    who = _who(request)
    with site_of(request).pipeline.database.read() as connection:
        seen = _see(connection, request, who)
    return _page(request, seen, saved=request.query_params.get("saved", ""))


def _page(
    request: Request,
    seen: Preferences,
    *,
    status: int = 200,
    saved: str = "",
    faults: Sequence[Fault] = (),
    filled: Filled | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    """The page; `filled` is what stands in the form of the choices, `entered` in the others."""
    pipeline = site_of(request).pipeline
    links, shown = pipeline.renderer.links, filled or seen.filled
    return private_page(
        request,
        "preferences.html.j2",
        status=status,
        language=seen.language,
        seen=seen,
        here=_here(request),
        page_of=lambda newsletter: links.preferences(newsletter.id, seen.reader.id),
        leave=links.unsubscribe(seen.newsletter.id, seen.reader.id),
        rhythm=lambda newsletter: rhythm(newsletter, seen.language),
        languages=languages(),
        filled=shown,
        topics=offer(pipeline.config.topics, seen.newsletter, shown.topics),
        hours=hours_of_day(seen.language),
        zones=zone_groups(),
        other_zone=other_zone(shown.timezone),
        longest_name=LONGEST_NAME,
        first_day=seen.today + timedelta(days=1),
        last_day=seen.today + choices.LONGEST_PAUSE,
        saved=saved,
        faults=[fault.value for fault in faults],
        entered=entered or {},
    )


def _form(name: str, act: Act, *, mails: bool = False) -> Route:
    """The address that a form of the page is sent to; with `mails` a notice may wait after it."""

    def handle(request: Request, form: FormData) -> Response:
        who, pipeline = _who(request), site_of(request).pipeline
        with pipeline.database.write() as connection:
            seen = _see(connection, request, who)
            faults = act(connection, request, form, seen, pipeline.clock())
        if faults:
            filled = _filled(form) if name == "choices" else None
            entered = {key: field(form, key) for key in form}
            return _page(request, seen, status=422, faults=faults, filled=filled, entered=entered)
        if mails:
            pipeline.post.wake()
        return see_other(f"{_here(request)}?saved={name}#{name}")

    return Route(f"/preferences/{{token}}/{name}", reads_form(handle), methods=["POST"])


def _choices(
    connection: sa.Connection, request: Request, form: FormData, seen: Preferences, now: datetime
) -> Sequence[Fault]:
    chosen = choices.read_choices(
        _filled(form),
        site_of(request).pipeline.config.topics,
        seen.newsletter,
        dict(languages()),
        name_before=seen.reader.name,
    )
    if not isinstance(chosen, Choices):
        return chosen
    readers.choose(connection, seen, chosen, now)
    return ()


def _filled(form: FormData) -> Filled:
    return Filled(
        topics=tuple(ticked(form, "topics")),
        hour=field(form, "hour"),
        timezone=field(form, "timezone"),
        name=field(form, "name"),
        language=field(form, "language"),
    )


def _newsletters(
    connection: sa.Connection, _request: Request, form: FormData, seen: Preferences, now: datetime
) -> Sequence[Fault]:
    readers.choose_newsletters(connection, seen, ticked(form, "newsletters"), now)
    return ()


def _pause(
    connection: sa.Connection, _request: Request, form: FormData, seen: Preferences, now: datetime
) -> Sequence[Fault]:
    until = choices.read_pause(field(form, "span"), field(form, "until"), seen.today)
    if isinstance(until, Fault):
        return (until,)
    readers.pause(connection, seen, until, now)
    return ()


def _address(
    connection: sa.Connection, request: Request, form: FormData, seen: Preferences, now: datetime
) -> Sequence[Fault]:
    config, newsletter = site_of(request).pipeline.config, seen.newsletter.id
    fault = moving.ask(connection, config, seen.reader, newsletter, field(form, "email"), now)
    return (fault,) if fault else ()


def download(request: Request) -> Response:
    """All that is stored of the reader, as a file."""
    who, pipeline = _who(request), site_of(request).pipeline
    with pipeline.database.read() as connection:
        seen = _see(connection, request, who)
        stored = dossier.stored_of(connection, seen.reader)
    name = f"{seen.newsletter.id}-{local_date(pipeline.clock(), seen.newsletter.zone)}.json"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_as_json(stored), headers=headers, media_type="application/json")


def _as_json(stored: Mapping[str, Any]) -> str:
    return json.dumps(stored, ensure_ascii=False, indent=2, default=lambda at: at.isoformat())


def ask_to_erase(request: Request) -> Response:
    """What erasing means, and one button."""
    who = _who(request)
    with site_of(request).pipeline.database.read() as connection:
        seen = _see(connection, request, who)
    return private_page(
        request,
        "erase.html.j2",
        language=seen.language,
        address=masked(seen.reader.email),
        here=_here(request),
    )


def erase(request: Request, _form: FormData) -> Response:
    """Erase the reader; to do so twice is no fault."""
    who, pipeline = _who(request), site_of(request).pipeline
    with pipeline.database.write() as connection:
        seen = _see(connection, request, who)
        dossier.erase(connection, seen.reader, pipeline.clock())
    return private_page(request, "erased.html.j2", language=seen.language)


def show_address(request: Request) -> Response:
    """The page behind the link that went to a new address."""
    return _move(request, confirmed=False)


def confirm_address(request: Request, _form: FormData) -> Response:
    """From now on mail goes to the new address."""
    return _move(request, confirmed=True)


def _move(request: Request, *, confirmed: bool) -> Response:
    pipeline = site_of(request).pipeline
    number = pipeline.renderer.links.read_number("address", request.path_params["token"])
    if number is None:
        raise UnknownLinkError
    if confirmed:
        with pipeline.database.write() as connection:
            move = moving.confirm(connection, pipeline.config, number, pipeline.clock())
        pipeline.post.wake()
    else:
        with pipeline.database.read() as connection:
            move = moving.look(connection, pipeline.config, number, pipeline.clock())
    works = move.standing in (moving.Standing.OPEN, moving.Standing.DONE)
    return private_page(
        request,
        "address.html.j2",
        status=200 if works else 410,
        language=move.language,
        move=move,
        here=f"/address/{request.path_params['token']}",
    )


routes: list[BaseRoute] = [
    Route("/preferences/{token}", show, methods=["GET"]),
    _form("choices", _choices),
    _form("newsletters", _newsletters),
    _form("pause", _pause),
    _form("address", _address, mails=True),
    Route("/preferences/{token}/data.json", download, methods=["GET"]),
    Route("/preferences/{token}/erase", ask_to_erase, methods=["GET"]),
    Route("/preferences/{token}/erase", reads_form(erase), methods=["POST"]),
    Route("/address/{token}", show_address, methods=["GET"]),
    Route("/address/{token}", reads_form(confirm_address), methods=["POST"]),
]
