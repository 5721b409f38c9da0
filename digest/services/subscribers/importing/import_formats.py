"""Subscribers as other services export them: listmonk, Mailchimp, Substack and Ghost.

What each service calls a thing is a table; a file is known by the columns of its first line. What
the tables do not name is not read. docs/import.md says what is carried over.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from digest.collect.feeds.dates import read_instant
from digest.errors import UsageError
from digest.model import TopicTree
from digest.services.subscribers.importing.csv_file import BadLine, Header, check_decoded, records
from digest.services.subscribers.importing.own_format import Entries, known_zone, make_subscription
from digest.services.subscribers.importing.rows import GONE, ImportedStatus, ImportRow, weightier

_ACTIVE, _UNCONFIRMED, _DISABLED = (
    ImportedStatus.ACTIVE,
    ImportedStatus.UNCONFIRMED,
    ImportedStatus.DISABLED,
)
_UNSUBSCRIBED, _BOUNCED, _COMPLAINED = (
    ImportedStatus.UNSUBSCRIBED,
    ImportedStatus.BOUNCED,
    ImportedStatus.COMPLAINED,
)

_MAILCHIMP_STATUS = {
    "subscribed": _ACTIVE,
    "unsubscribed": _UNSUBSCRIBED,
    "cleaned": _BOUNCED,
    "pending": _UNCONFIRMED,
    "nonsubscribed": _UNCONFIRMED,
    "transactional": _UNCONFIRMED,
    "archived": _DISABLED,
}


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service keeps what we need; the names of columns are in small letters.

    A file is this service's if it has all columns of one of `marks`. The address is in the first
    column of `email` that is there; `names` are joined; of `consent` the first that is filled in
    counts. `status` says what the values of a column mean (`*`: every other), `dated` what it means
    that one is filled in, `files` what the first word of the file's name does. `caution` is what an
    export keeps to itself, unless it has the column `told_by`.
    """

    id: str
    title: str
    marks: tuple[frozenset[str], ...]
    email: tuple[str, ...]
    names: tuple[str, ...]
    consent: tuple[str, ...]
    status: Mapping[str, Mapping[str, ImportedStatus]] = field(default_factory=dict)
    dated: Mapping[str, ImportedStatus] = field(default_factory=dict)
    files: Mapping[str, ImportedStatus] = field(default_factory=dict)
    timezone: str | None = None
    tags: str | None = None
    attributes: str | None = None
    caution: str = ""
    told_by: str = ""

    @property
    def columns(self) -> frozenset[str]:
        """All that is read."""
        single = filter(None, (self.timezone, self.tags, self.attributes))
        return frozenset(single).union(
            self.email, self.names, self.consent, self.status, self.dated
        )


SERVICES = (
    Service(
        id="listmonk",
        title="listmonk",
        marks=(frozenset({"uuid", "email", "attributes", "status"}),),
        email=("email",),
        names=("name",),
        consent=("created_at",),
        status={
            "status": {
                "enabled": _ACTIVE,
                "disabled": _DISABLED,
                "blocklisted": _COMPLAINED,
                "blacklisted": _COMPLAINED,  # its older word
            },
            "subscription_status": {
                "": _ACTIVE,
                "confirmed": _ACTIVE,
                "unconfirmed": _UNCONFIRMED,
                "unsubscribed": _UNSUBSCRIBED,
            },
        },
        tags="lists",
        attributes="attributes",
        caution="it does not say who left a list or never confirmed",
        told_by="subscription_status",
    ),
    Service(
        id="mailchimp",
        title="Mailchimp",
        marks=(
            frozenset({"email address", "member_rating"}),
            frozenset({"email address", "optin_time"}),
            frozenset({"member_rating", "leid", "euid"}),
        ),
        # An audience can name its fields as it likes, and have one named "Status".
        email=("email address", "email"),
        names=("name", "first name", "last name"),
        consent=("confirm_time", "optin_time"),
        status={"status": {**_MAILCHIMP_STATUS, "*": _ACTIVE}},
        dated={"unsub_time": _UNSUBSCRIBED, "clean_time": _BOUNCED},
        files=_MAILCHIMP_STATUS,
        timezone="timezone",
        tags="tags",
        caution="by its columns and its name these may be people who never subscribed",
    ),
    Service(
        id="substack",
        title="Substack",
        marks=(
            frozenset({"email", "active_subscription"}),
            frozenset({"email", "subscription source (free)"}),
        ),
        email=("email",),
        names=("name",),
        consent=("created_at", "start date"),
        status={"email_disabled": {"": _ACTIVE, "false": _ACTIVE, "true": _UNSUBSCRIBED}},
        caution="it does not say who wants no mail",
        told_by="email_disabled",
    ),
    Service(
        id="ghost",
        title="Ghost",
        marks=(frozenset({"email", "subscribed_to_emails"}),),
        email=("email",),
        names=("name",),
        consent=("created_at",),
        status={"subscribed_to_emails": {"true": _ACTIVE, "false": _UNSUBSCRIBED}},
        dated={"deleted_at": _UNSUBSCRIBED},
        tags="labels",
    ),
)
BY_ID = {service.id: service for service in SERVICES}


def recognise(header: Header) -> Service | None:
    """The service whose columns these are; None: our own form, or nobody's."""
    present = header.positions.keys()
    for service in SERVICES:
        if any(mark <= present for mark in service.marks):
            return service
    return None


def status_by_file_name(service: Service, file_name: str) -> ImportedStatus | None:
    """What a file's name says of all who are in it, as `cleaned_members_export_1f2e.csv` does."""
    return service.files.get(file_name.casefold().partition("_")[0])


def read_export(
    service: Service,
    header: Header,
    lines: Iterable[str],
    tree: TopicTree,
    *,
    everyone: ImportedStatus = _ACTIVE,
    tags_as_topics: bool = False,
) -> Entries:
    """Each record, with the line at which it begins, as a row or as what is wrong with it.

    `everyone` is how all stood, whatever a line says; the weightier of the two counts. `lines`
    are those below the header.
    """
    email = next((name for name in service.email if name in header.positions), None)
    if email is None:
        raise UsageError(
            f"line {header.line}: there is no column named {service.email[0]}",
            remedy=f"rename the column of an export of {service.title}, or name another service "
            "with --from",
        )
    make_row = partial(_import_row, service, email, tree, everyone, tags_as_topics)
    lines_below = records(lines, header.delimiter, start=header.line + 1)
    return _read_records(lines_below, header, make_row)


def _read_records(
    numbered_records: Iterable[tuple[int, list[str] | BadLine]],
    header: Header,
    make_row: Callable[[dict[str, str]], ImportRow],
) -> Entries:
    for number, values in numbered_records:
        if isinstance(values, BadLine):
            yield number, values
            continue
        try:
            yield number, make_row(_row(header, values))
        except ValueError as error:
            yield number, BadLine(number, str(error))


def _row(header: Header, values: list[str]) -> dict[str, str]:
    if len(values) != len(header.columns):
        raise ValueError(f"{len(values)} values under {len(header.columns)} columns")
    check_decoded("".join(values))
    return {name: values[at].strip() for name, at in header.positions.items()}


def _import_row(
    service: Service,
    email: str,
    tree: TopicTree,
    everyone: ImportedStatus,
    tags_as_topics: bool,
    row: Mapping[str, str],
) -> ImportRow:
    status = weightier(everyone, _status(service, row))
    extra = _attributes(row.get(service.attributes or "", ""))
    zone_name = row.get(service.timezone or "", "") or str(extra.get("timezone", ""))
    zone, remark = known_zone(zone_name)
    topics = _topics(service, row, extra, tree) if tags_as_topics else []
    subscription = make_subscription(
        row[email],
        " ".join(filter(None, (row.get(name, "") for name in service.names))),
        topics,
        zone,
        tree,
    )
    # What the service did not know is not meant: it must not undo what a subscriber chose here.
    choices = {"topics": topics, "timezone": subscription.timezone}
    return ImportRow(
        subscription,
        frozenset(name for name, value in choices.items() if value),
        status,
        _consent(service, row) if status not in GONE else None,
        remark,
    )


def _consent(service: Service, row: Mapping[str, str]) -> datetime | None:
    """When the subscriber agreed; ValueError where that stands there and cannot be read.

    It is the record that counts if somebody asks, so the day of the import must not stand for it.
    """
    filled = [(name, row[name]) for name in service.consent if row.get(name)]
    agreed_at = next(filter(None, (read_instant(text) for _, text in filled)), None)
    if filled and agreed_at is None:
        name, text = filled[0]
        raise ValueError(f"{name} is {text[:40]!r}, which is no time")
    return agreed_at


def _status(service: Service, row: Mapping[str, str]) -> ImportedStatus:
    """What a line says of itself; ValueError where it is a word that nobody explained to us."""
    status = _ACTIVE
    for column, meanings in service.status.items():
        if column not in row:
            continue
        meaning = meanings.get(row[column].casefold(), meanings.get("*"))
        if meaning is None:
            raise ValueError(f"{column} is {row[column][:40]!r}, which we do not know")
        status = weightier(status, meaning)
    for column, meaning in service.dated.items():
        if row.get(column):
            status = weightier(status, meaning)
    return status


def _topics(
    service: Service, row: Mapping[str, str], extra: Mapping[str, object], tree: TopicTree
) -> list[str]:
    """The topics among someone's tags; other tags mean nothing to us."""
    tags = _tags(row.get(service.tags or "", ""))
    for key in ("topics", "tags"):
        more = extra.get(key)
        tags += [str(tag) for tag in more] if isinstance(more, list) else _tags(str(more or ""))
    return [tag for tag in tags if tree.find(tag)]


def _tags(text: str) -> list[str]:
    """`"Space","Old friends"` or `Space, Old friends`."""
    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return text.split(",")


def _attributes(text: str) -> Mapping[str, object]:
    """What listmonk keeps beside its columns; {} where it cannot be read."""
    try:
        attributes = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return attributes if isinstance(attributes, dict) else {}
