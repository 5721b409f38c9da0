"""What a subscriber chooses, behind a signed link.

One page: one form for all that is chosen, and a form for each thing that is done.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digest.addresses import masked
from digest.clock import local_date
from digest.compose.enough_stories import LONGEST_WAIT, MOST_DAYS, MOST_STORIES
from digest.compose.likes import MOST
from digest.keywords import LONGEST_KEYWORD, MOST_OF_SUBSCRIBER
from digest.render.frequency import hours_of_day, languages, rhythm, weekday_names
from digest.services.subscribers import (
    change_address,
    personal_data,
    preferences,
    preferences_form,
)
from digest.services.subscribers.likes import forget_key, like_lines
from digest.services.subscribers.names import LONGEST_NAME
from digest.services.subscribers.preferences import Preferences
from digest.services.subscribers.preferences_form import Choices, FieldError, PreferencesFields
from digest.services.subscribers.signup_form import offer
from digest.store.personal_data import stored_of
from digest.web.public.signed_links import (
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
from digest.web.public.time_zone_choices import other_zone, zone_groups
from digest.web.site import site_of


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form of the page as it was sent, in the transaction that changes what it is about."""

    connection: sa.Connection
    request: Request
    form: FormData
    current: Preferences
    now: datetime

    def field(self, name: str) -> str:
        """What stands in a field; empty where it is missing."""
        return field(self.form, name)


# What a form does, or all that is wrong with what was filled in.
Act = Callable[[SentForm], Sequence[FieldError]]


def _here(request: Request) -> str:
    return f"/preferences/{request.path_params['token']}"


def _named_by_link(request: Request) -> tuple[str, int]:
    # Asked for before a transaction begins: a made-up link is to cost the database nothing.
    return named_by_link(request, "preferences")


def _read_preferences(
    connection: sa.Connection, request: Request, named: tuple[str, int]
) -> Preferences:
    project = site_of(request).project
    current = preferences.read_preferences(connection, project.config, *named, project.clock())
    if current is None:
        raise ErasedError
    return current


def show(request: Request) -> Response:
    """The page, with a note of what was saved a moment ago."""
    named = _named_by_link(request)
    with site_of(request).project.database.read() as connection:
        current = _read_preferences(connection, request, named)
    return _page(request, current, saved=request.query_params.get("saved", ""))


def _page(
    request: Request,
    current: Preferences,
    *,
    status: int = 200,
    saved: str = "",
    faults: Sequence[FieldError] = (),
    filled: PreferencesFields | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    """The page; `filled` is what stands in the form of the choices, `entered` in the others."""
    project = site_of(request).project
    links, shown = project.links, filled or current.filled
    return private_page(
        request,
        "preferences.html.j2",
        status=status,
        language=current.language,
        seen=current,
        here=_here(request),
        page_of=lambda newsletter: links.preferences(newsletter.id, current.subscriber.id),
        leave=links.unsubscribe(current.newsletter.id, current.subscriber.id),
        rhythm=lambda newsletter: rhythm(newsletter, current.language),
        languages=languages(),
        filled=shown,
        topics=offer(project.config.topics, current.newsletter, shown.topics),
        hours=hours_of_day(current.language),
        weekdays=weekday_names(current.language),
        zones=zone_groups(),
        other_zone=other_zone(shown.timezone),
        longest_name=LONGEST_NAME,
        most_stories=MOST_STORIES,
        most_days=MOST_DAYS,
        usual_wait=LONGEST_WAIT,
        longest_list=LONGEST_KEYWORD * MOST_OF_SUBSCRIBER,
        first_day=current.today + timedelta(days=1),
        last_day=current.today + preferences_form.LONGEST_PAUSE,
        saved=saved,
        likes=like_lines(current.likes, project.config.topics),
        most_liked=MOST,
        faults=[fault.value for fault in faults],
        entered=entered or {},
    )


def _form(name: str, act: Act, *, mails: bool = False) -> Route:
    """The address that a form of the page is sent to; with `mails` a notice may wait after it."""

    def handle(request: Request, form: FormData) -> Response:
        named, project = _named_by_link(request), site_of(request).project

        def change(
            connection: sa.Connection, current: Preferences, now: datetime
        ) -> Sequence[FieldError]:
            return act(SentForm(connection, request, form, current, now))

        now = project.clock()
        changed = preferences.change(project.database, project.config, named, now, change)
        if changed is None:
            raise ErasedError
        current, faults = changed
        if faults:
            filled = _filled(form) if name == "choices" else None
            entered = {key: field(form, key) for key in form}
            return _page(
                request, current, status=422, faults=faults, filled=filled, entered=entered
            )
        if mails:
            site_of(request).notices.wake()
        return see_other(f"{_here(request)}?saved={name}#{name}")

    return Route(f"/preferences/{{token}}/{name}", reads_form(handle), methods=["POST"])


def _choices(sent: SentForm) -> Sequence[FieldError]:
    current = sent.current
    choices = preferences_form.read_choices(
        _filled(sent.form),
        site_of(sent.request).project.config.topics,
        current.newsletter,
        dict(languages()),
        name_before=current.subscriber.name,
        today=current.today,
    )
    if not isinstance(choices, Choices):
        return choices
    preferences.choose(sent.connection, current, choices, sent.now)
    return ()


def _filled(form: FormData) -> PreferencesFields:
    return PreferencesFields(
        topics=tuple(ticked(form, "topics")),
        hour=field(form, "hour"),
        layout=field(form, "layout"),
        days=tuple(ticked(form, "days")),
        not_about=field(form, "not_about"),
        only_about=field(form, "only_about"),
        at_least=field(form, "at_least"),
        longest_wait=field(form, "longest_wait"),
        timezone=field(form, "timezone"),
        name=field(form, "name"),
        language=field(form, "language"),
    )


def _newsletters(sent: SentForm) -> Sequence[FieldError]:
    wanted = ticked(sent.form, "newsletters")
    preferences.choose_newsletters(sent.connection, sent.current, wanted, sent.now)
    return ()


def _pause(sent: SentForm) -> Sequence[FieldError]:
    span, day = sent.field("span"), sent.field("until")
    until = preferences_form.read_pause(span, day, sent.current.today)
    if isinstance(until, FieldError):
        return (until,)
    preferences.pause(sent.connection, sent.current, until, sent.now)
    return ()


def _alerts(sent: SentForm) -> Sequence[FieldError]:
    wanted = sent.field("alerts") == "yes"
    preferences.choose_alerts(sent.connection, sent.current, wanted=wanted)
    return ()


def _likes(sent: SentForm) -> Sequence[FieldError]:
    forget_key(sent.connection, sent.current, sent.field("forget"))
    return ()


def _address(sent: SentForm) -> Sequence[FieldError]:
    project, current = site_of(sent.request).project, sent.current
    error = change_address.request(
        sent.connection,
        project,
        current.subscriber,
        current.newsletter.id,
        sent.field("email"),
        sent.now,
    )
    return (error,) if error else ()


def download(request: Request) -> Response:
    """All that is stored of the subscriber, as a file."""
    named, project = _named_by_link(request), site_of(request).project
    with project.database.read() as connection:
        current = _read_preferences(connection, request, named)
        stored = stored_of(connection, current.subscriber)
    name = f"{current.newsletter.id}-{local_date(project.clock(), current.newsletter.zone)}.json"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    text = json.dumps(stored, ensure_ascii=False, indent=2, default=lambda at: at.isoformat())
    return Response(text, headers=headers, media_type="application/json")


def ask_to_erase(request: Request) -> Response:
    """What erasing means, and one button."""
    named = _named_by_link(request)
    with site_of(request).project.database.read() as connection:
        current = _read_preferences(connection, request, named)
    return private_page(
        request,
        "erase.html.j2",
        language=current.language,
        address=masked(current.subscriber.email),
        here=_here(request),
    )


def erase(request: Request, _form: FormData) -> Response:
    """Erase the subscriber; to do so twice is no fault."""
    named, project = _named_by_link(request), site_of(request).project
    with project.database.read() as connection:
        current = _read_preferences(connection, request, named)
    personal_data.erase(project.database, current.subscriber.id, project.clock())
    return private_page(request, "erased.html.j2", language=current.language)


def show_address(request: Request) -> Response:
    """The page behind the link that went to a new address."""
    return _address_page(request, confirmed=False)


def confirm_address(request: Request, _form: FormData) -> Response:
    """From now on mail goes to the new address."""
    return _address_page(request, confirmed=True)


def _address_page(request: Request, *, confirmed: bool) -> Response:
    project = site_of(request).project
    number = project.links.read_number("address", request.path_params["token"])
    if number is None:
        raise UnknownLinkError
    if confirmed:
        change = change_address.confirm(project, number)
        site_of(request).notices.wake()
    else:
        with project.database.read() as connection:
            change = change_address.read_change(connection, project.config, number, project.clock())
    works = change.standing in (change_address.ChangeStatus.OPEN, change_address.ChangeStatus.DONE)
    return private_page(
        request,
        "address.html.j2",
        status=200 if works else 410,
        language=change.language,
        move=change,
        here=f"/address/{request.path_params['token']}",
    )


routes: list[BaseRoute] = [
    Route("/preferences/{token}", show, methods=["GET"]),
    _form("choices", _choices),
    _form("newsletters", _newsletters),
    _form("pause", _pause),
    _form("likes", _likes),
    _form("alerts", _alerts),
    _form("address", _address, mails=True),
    Route("/preferences/{token}/data.json", download, methods=["GET"]),
    Route("/preferences/{token}/erase", ask_to_erase, methods=["GET"]),
    Route("/preferences/{token}/erase", reads_form(erase), methods=["POST"]),
    Route("/address/{token}", show_address, methods=["GET"]),
    Route("/address/{token}", reads_form(confirm_address), methods=["POST"]),
]
