"""Signing up, and the button that confirms it. The rules are in services/subscribers/signup."""

from datetime import time
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.model import Newsletter
from digest.networks import networks_of
from digest.render.frequency import rhythm
from digest.render.notice import first_words
from digest.render.translations import clock_time
from digest.services.subscribers.signup import (
    SignupOutcome,
    SignupResult,
    SignupService,
    SignupStage,
    SignupView,
    consent_words,
)
from digest.services.subscribers.signup_form import SignupFields, offer, zones
from digest.web.public.signed_links import (
    HEADERS,
    UnknownLinkError,
    field,
    private_page,
    reads_form,
    ticked,
)
from digest.web.public.time_zone_choices import other_zone, zone_groups
from digest.web.site import page, site_of

# Each form has its own stamp, and what was typed stands in it again.
_NOT_KEPT = {"Cache-Control": "no-store"}
_STATUS = {SignupOutcome.FAULTY: 422, SignupOutcome.ONCE_MORE: 200, SignupOutcome.TOO_MANY: 429}


def _signups(request: Request) -> SignupService:
    return SignupService(site_of(request).project)


# The form.


def show(request: Request) -> Response:
    """The form, with the newsletter and the topic that a link chose."""
    signups = _signups(request)
    newsletter = _newsletter_of_link(request, signups)
    topics = tuple(request.query_params.getlist("topic"))
    return _form(request, signups, newsletter, SignupFields(topics=topics))


def _newsletter_of_link(request: Request, signups: SignupService) -> Newsletter:
    newsletter = signups.project.config.newsletter(request.query_params.get("newsletter", ""))
    return newsletter or site_of(request).newsletter


def ask(request: Request, form: FormData) -> Response:
    """Take a form that was sent. Where it can be taken, each address gets the same answer."""
    signups, fields = _signups(request), _read_fields(form)
    newsletter_id = field(form, "newsletter")
    newsletter = (
        signups.project.config.newsletter(newsletter_id)
        if newsletter_id
        else site_of(request).newsletter
    )
    if newsletter is None:
        result = SignupResult(SignupOutcome.FAULTY, {"newsletter": "unknown"})
        return _form(request, signups, site_of(request).newsletter, fields, result)
    host = request.client.host if request.client else None
    result = signups.ask(fields, newsletter, networks_of(host))
    if result.asked is not SignupOutcome.TAKEN:
        return _form(request, signups, newsletter, fields, result)
    site_of(request).notices.wake()
    return RedirectResponse(f"/sign-up/sent?newsletter={newsletter.id}", 303, _NOT_KEPT)


def _read_fields(form: FormData) -> SignupFields:
    return SignupFields(
        email=field(form, "email"),
        name=field(form, "name"),
        topics=tuple(ticked(form, "topics")),
        timezone=field(form, "timezone"),
        hour=field(form, "hour"),
        wants_issue=bool(field(form, "issue")),
        stamp=field(form, "stamp"),
        trap=field(form, "website"),
    )


def stamp(request: Request) -> Response:
    """A stamp for a form on a page that caches keep, which therefore has none."""
    signups = _signups(request)
    return PlainTextResponse(signups.stamps.make(signups.project.clock()), headers=HEADERS)


def sent(request: Request) -> Response:
    """Say that a mail is on its way."""
    newsletter = _newsletter_of_link(request, _signups(request))
    return page(request, "signup_sent.html.j2", language=newsletter.language, newsletter=newsletter)


def _form(
    request: Request,
    signups: SignupService,
    newsletter: Newsletter,
    fields: SignupFields,
    result: SignupResult | None = None,
) -> Response:
    """The form, empty or as it was filled in, with what is wrong beside the fields."""
    too_many = result is not None and result.asked is SignupOutcome.TOO_MANY
    headers = {"Retry-After": str(result.wait)} if result and too_many else {}
    return page(
        request,
        "signup.html.j2",
        status=_STATUS[result.asked] if result else 200,
        language=newsletter.language,
        headers=_NOT_KEPT | headers,
        answer=result,
        faults=result.faults if result else {},
        **_fields(signups, newsletter, fields),
    )


def _fields(signups: SignupService, newsletter: Newsletter, fields: SignupFields) -> dict[str, Any]:
    """What the fields of a form hold and offer."""
    language = newsletter.language
    zone = fields.timezone if fields.timezone in zones() else ""
    return {
        "newsletter": newsletter,
        "others": [n for n in signups.project.config.settings.newsletters if n is not newsletter],
        "typed": fields,
        "stamp": signups.stamps.make(signups.project.clock()),
        "words": consent_words(newsletter),
        "rhythm": rhythm(newsletter, language),
        "topics": offer(signups.project.config.topics, newsletter, fields.topics),
        "hours": [(str(hour), clock_time(time(hour), language)) for hour in range(24)],
        "zones": zone_groups(),
        "zone": zone,
        "other_zone": other_zone(zone),
        "zone_is_lost": bool(fields.timezone) and not zone,
    }


# The button.


def show_confirmation(request: Request) -> Response:
    """The page that a confirmation mail leads to: one button, which programs do not press."""
    return _confirmation_page(request, _signups(request).find(request.path_params["token"]))


def confirm(request: Request) -> Response:
    """Confirm the sign-up; to confirm it again changes nothing."""
    signup = _signups(request).confirm(request.path_params["token"])
    if signup is not None:
        site_of(request).notices.wake()
    return _confirmation_page(request, signup)


def _confirmation_page(request: Request, signup: SignupView | None) -> Response:
    if signup is None:
        raise UnknownLinkError
    signups = _signups(request)
    newsletter = signups.project.config.newsletter(signup.newsletter) or site_of(request).newsletter
    make_page = {
        SignupStage.WAITING: _button_page,
        SignupStage.IN: _confirmed_page,
        SignupStage.OVER: _expired_page,
    }[signup.stage]
    return make_page(request, signups, newsletter, signup)


def _button_page(
    request: Request, signups: SignupService, newsletter: Newsletter, signup: SignupView
) -> Response:
    chosen = signup.subscription.topics if signup.subscription else ()
    topics = signups.project.config.topics.by_id
    return private_page(
        request,
        "confirm.html.j2",
        language=newsletter.language,
        newsletter=newsletter,
        seen=signup,
        titles=[topics[topic].title for topic in chosen if topic in topics],
    )


def _confirmed_page(
    request: Request, signups: SignupService, newsletter: Newsletter, signup: SignupView
) -> Response:
    """When the next mail comes, where to change that, and alerts, where the newsletter has any."""
    links = signups.project.links
    preferences = links.preferences(newsletter.id, signup.subscriber_id)
    zone = signup.subscription.timezone if signup.subscription else None
    first = first_words(signup.first, zone, newsletter.language) if signup.first and zone else ""
    return private_page(
        request,
        "confirm_in.html.j2",
        language=newsletter.language,
        newsletter=newsletter,
        seen=signup,
        first=first,
        preferences=preferences,
        # On this page's own host, where alone a form may go.
        alerts_form=f"{preferences.removeprefix(links.site)}/alerts",
    )


def _expired_page(
    request: Request, signups: SignupService, newsletter: Newsletter, _signup: SignupView
) -> Response:
    return private_page(
        request,
        "confirm_over.html.j2",
        status=410,
        language=newsletter.language,
        answer=None,
        faults={},
        **_fields(signups, newsletter, SignupFields()),
    )


routes: list[BaseRoute] = [
    Route("/sign-up", show),
    Route("/sign-up", reads_form(ask), methods=["POST"]),
    Route("/sign-up/stamp", stamp),
    Route("/sign-up/sent", sent),
    Route("/confirm/{token}", show_confirmation),
    Route("/confirm/{token}", confirm, methods=["POST"]),
]
