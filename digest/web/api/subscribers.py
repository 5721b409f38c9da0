"""Subscribers, and what each of them gets."""

from datetime import date, datetime

import sqlalchemy as sa
from pydantic import Field
from typing_extensions import TypedDict

from digest.errors import NotFoundError, UsageError
from digest.keywords import MOST_OF_SUBSCRIBER
from digest.model import MailLayout, Subscription, SuppressionReason, Weekday
from digest.scopes import Scope
from digest.services.subscribers import manage
from digest.services.subscribers.importing.own_format import make_subscription
from digest.services.subscribers.search import number_of
from digest.store import api_lists
from digest.store.preconditions import lock
from digest.store.schema import subscribers
from digest.web.api.operation import ApiCall, Operation, Tagged, etag_of
from digest.web.api.values import (
    Day,
    DayCount,
    Hour,
    Line,
    Number,
    Page,
    PageQuery,
    SeenLine,
    Slug,
    StoryCount,
    Strict,
    page_of_rows,
)


class SubscriptionView(TypedDict):
    """What a subscriber gets of a newsletter, as they chose it; null is the newsletter's own.

    `topics` empty means all, `days` whenever there is some; mail is wanted again from
    `paused_until` on. `keywords` are of what they are not told, with a + of what alone. A mail
    waits for `at_least` so many stories, for `longest_wait` days at most. With `alerts` they are
    told between issues too, where the newsletter does that.
    """

    newsletter: str
    topics: list[str]
    timezone: str | None
    hour: int | None
    paused_until: date | None
    layout: MailLayout | None
    days: list[Weekday]
    keywords: list[str]
    at_least: int | None
    longest_wait: int | None
    alerts: bool
    created_at: datetime


class SubscriberView(TypedDict):
    """A person's address; `suppressed` is set where it gets nothing more, and says why."""

    id: int
    email: str
    name: str
    language: str | None
    created_at: datetime
    suppressed: SuppressionReason | None
    subscriptions: list[SubscriptionView]


class SubscribersQuery(PageQuery):
    """Which subscribers."""

    email: Line | None = Field(None, description="The one with exactly this address.")
    newsletter: Slug | None = Field(None, description="Those who get this newsletter.")


class SubscriptionChoices(Strict):
    """What somebody gets; what is left out stays as it is, or as the newsletter has it."""

    topics: list[Slug] = Field(
        default_factory=list, max_length=200, description="By their ids; empty: all."
    )
    timezone: Line | None = None
    hour: Hour | None = None
    paused_until: Day | None = None
    layout: MailLayout | None = None
    days: list[Weekday] = Field(default_factory=list, max_length=7)
    keywords: list[SeenLine] = Field(
        default_factory=list,
        max_length=MOST_OF_SUBSCRIBER,
        description="Of what is not told; with a + before it, one of what alone is.",
    )
    at_least: StoryCount | None = Field(None, description="A mail waits for so many stories.")
    longest_wait: DayCount | None = Field(None, description="For so many days at most; null: 7.")
    alerts: bool = False

    @property
    def given(self) -> frozenset[str]:
        """The names of those that are not left out."""
        return frozenset(self.model_fields_set & set(SubscriptionChoices.model_fields))


class NewSubscriber(SubscriptionChoices):
    """Somebody who asked for it. With `resubscribe` they had left, and asked to come back."""

    email: Line
    newsletter: Slug
    name: Line = ""
    resubscribe: bool = False


def list_all(call: ApiCall, query: SubscribersQuery) -> Page[SubscriberView]:
    """List subscribers, by their numbers."""
    after = query.after or 0
    if query.email is not None:
        number = number_of(call.project, query.email)
        if number is None or number <= after:
            return {"items": [], "next": None}
        return {"items": [_read_one(call, number)], "next": None}
    with call.project.database.read() as connection:
        rows = api_lists.subscribers_after(connection, after, query.limit + 1, query.newsletter)
    return page_of_rows(rows, query)


def show(call: ApiCall, number: Number) -> SubscriberView:
    """Show a subscriber."""
    return _read_one(call, number)


def add(call: ApiCall, body: NewSubscriber) -> Tagged[SubscriberView]:
    """Add somebody who agreed, without a confirmation; who gets it already stays as they are."""
    letter = call.newsletter(body.newsletter)
    choices = _subscription(call, body.email, body.name, body)
    _keep(call, letter.id, choices, body.given, resubscribe=body.resubscribe, only_new=True)
    number = number_of(call.project, choices.email)
    if number is None:
        raise NotFoundError("they were erased meanwhile")
    view = _read_one(call, number)
    return Tagged(view, location=f"/subscribers/{number}")


def show_subscription(call: ApiCall, number: Number, newsletter: Slug) -> Tagged[SubscriptionView]:
    """Show what a subscriber gets of a newsletter."""
    with call.project.database.read() as connection:
        view = _read_subscription(connection, number, newsletter)
    return Tagged(view, _etag(view))


def change_subscription(
    call: ApiCall, number: Number, newsletter: Slug, body: SubscriptionChoices
) -> Tagged[SubscriptionView]:
    """Change what a subscriber gets of a newsletter: what the body has."""
    letter = call.newsletter(newsletter)
    choices = _subscription(call, _read_one(call, number)["email"], "", body)
    with call.changing(lambda c: _etag(_read_subscription(c, number, letter.id, locked=True))):
        _keep(call, letter.id, choices, body.given)
    return show_subscription(call, number, letter.id)


def end_subscription(call: ApiCall, number: Number, newsletter: Slug) -> None:
    """End a subscription: nothing more is sent, also not of an issue that is on its way."""
    project, email = call.project, _read_one(call, number)["email"]
    with call.changing(lambda c: _etag(_read_subscription(c, number, newsletter, locked=True))):
        manage.remove(project.database, email, newsletter, project.clock(), who=call.who)


def erase(call: ApiCall, number: Number) -> None:
    """Erase a person who asks for it: all that is stored, but a hash that keeps them out."""
    project = call.project
    if not manage.erase(project.database, number, project.clock(), who=call.who):
        raise _unknown(number)


def _read_one(call: ApiCall, number: int) -> SubscriberView:
    with call.project.database.read() as connection:
        row = api_lists.subscriber(connection, number)
    if row is None:
        raise _unknown(number)
    return row  # type: ignore[return-value] # a row has these columns


def _read_subscription(
    connection: sa.Connection, number: int, newsletter: str, *, locked: bool = False
) -> SubscriptionView:
    if locked:
        lock(connection, subscribers.c.id == number)
    row = api_lists.subscriber(connection, number)
    for subscription in row["subscriptions"] if row else ():
        if subscription["newsletter"] == newsletter:
            found: SubscriptionView = subscription
            return found
    raise NotFoundError(f"subscriber {number} does not get {newsletter}", remedy="see /subscribers")


def _etag(view: SubscriptionView) -> str:
    return etag_of(*view.values())


def _subscription(
    call: ApiCall, email: str, name: str, choices: SubscriptionChoices
) -> Subscription:
    """What is chosen, checked as a line of an import is."""
    try:
        return make_subscription(
            email,
            name,
            choices.topics,
            choices.timezone or "",
            call.project.config.topics,
            hour="" if choices.hour is None else str(choices.hour),
            paused_until=str(choices.paused_until or ""),
            layout=choices.layout or "",
            days=";".join(choices.days),
            keywords=";".join(choices.keywords),
            at_least=str(choices.at_least or ""),
            longest_wait=str(choices.longest_wait or ""),
            alerts="yes" if choices.alerts else "no",
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def _keep(
    call: ApiCall,
    newsletter: str,
    choices: Subscription,
    given: frozenset[str],
    *,
    resubscribe: bool = False,
    only_new: bool = False,
) -> None:
    manage.add(
        call.project.database,
        newsletter,
        choices,
        call.project.clock(),
        given=given,
        resubscribe=resubscribe,
        who=call.who,
        how="api",
        only_new=only_new,
    )


def _unknown(number: int) -> NotFoundError:
    return NotFoundError(f"there is no subscriber {number!r}", remedy="see /subscribers")


_ONE = "/subscribers/{number}"
_SUBSCRIPTION = f"{_ONE}/subscriptions/{{newsletter}}"
_EDIT = Scope.SUBSCRIBERS_EDIT
operations = [
    Operation("GET", "/subscribers", list_all, Scope.SUBSCRIBERS_READ),
    Operation("POST", "/subscribers", add, _EDIT, status=201, creates=True),
    Operation("GET", _ONE, show, Scope.SUBSCRIBERS_READ),
    Operation("DELETE", _ONE, erase, Scope.SUBSCRIBERS_ERASE),
    Operation("GET", _SUBSCRIPTION, show_subscription, Scope.SUBSCRIBERS_READ),
    Operation("PATCH", _SUBSCRIPTION, change_subscription, _EDIT, conditional=True),
    Operation("DELETE", _SUBSCRIPTION, end_subscription, _EDIT, conditional=True),
]
