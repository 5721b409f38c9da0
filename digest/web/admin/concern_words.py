"""What the first page says of each thing that is wrong, and where one does something about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.services.overview.concerns import Concern, ConcernKind
from digest.text import plural
from digest.web.admin.issue_paths import issue_path, sending_path
from digest.web.admin.layout import moment, short_day

_SUBSCRIBERS = "/admin/subscribers"
_SOURCES = "/admin/sources"
_WEBHOOKS = "/admin/webhooks"


# What is said where nobody found words.
_TEXTS = {
    ConcernKind.NOBODY_RUNS: "Start `digest serve`, or let cron call `digest run`.",
    ConcernKind.BOUNCES: "These addresses get nothing more.",
    ConcernKind.COMPLAINTS: "They get nothing more.",
}


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """A sentence, what was found, and the one next step; `path` is empty where none is here."""

    title: str
    text: str
    path: str
    step: str
    is_grave: bool


def line_of(concern: Concern, names: Mapping[str, str], zone: str) -> ConcernLine:
    """A concern in words; `names` are those of the newsletters by their ids."""
    newsletter = names.get(concern.newsletter, concern.newsletter)
    path, step = _step(concern)
    text = concern.text or _TEXTS.get(concern.kind, "")
    if concern.since is not None:
        why = f": {text}" if text else ""
        waiting = f"{plural(concern.count, 'event')} {'waits' if concern.count == 1 else 'wait'}"
        text = f"Since {moment(concern.since, zone)}{why}; {waiting}"
    return ConcernLine(_title(concern, newsletter), text, path, step, concern.is_grave)


def _title(concern: Concern, newsletter: str) -> str:
    issue = f"{newsletter} of {short_day(concern.day)}" if concern.day else newsletter
    mails = plural(concern.count, "mail")
    return {
        ConcernKind.COPY: "This is a copy, and sends nothing",
        ConcernKind.CLOCK: "The clock cannot be right, and nothing goes out",
        ConcernKind.NOBODY_RUNS: f"{issue} should be made by now, and nothing runs",
        ConcernKind.OVERDUE: f"{mails} of {issue} should be out by now",
        ConcernKind.STRANDED: f"{plural(concern.count, 'subscriber')} of {newsletter} "
        "wait for a newsletter that is not in the settings",
        ConcernKind.LOST: f"Nobody got {issue}",
        ConcernKind.GIVEN_UP: f"{issue} was held until its day was over",
        ConcernKind.FAILED: f"{mails} of {issue} failed",
        ConcernKind.IN_DOUBT: f"Of {mails} of {issue} nobody knows whether they arrived",
        ConcernKind.COMPLAINTS: f"{plural(concern.count, 'subscriber')} called a mail spam",
        ConcernKind.SIGNUPS: f"{plural(concern.count, 'sign-up')} within an hour: "
        "no more are let in",
        ConcernKind.QUARANTINED: f"{concern.subject} is quarantined, "
        f"with {plural(concern.count, 'item')}",
        ConcernKind.SOURCE: f"{concern.subject} needs a look",
        ConcernKind.WEBHOOK: f"Webhook {concern.subject} takes nothing",
        ConcernKind.FILES: f"{plural(concern.count, 'story file')} cannot be read",
        ConcernKind.BOUNCES: f"{mails} came back for good",
    }[concern.kind]


def _step(concern: Concern) -> tuple[str, str]:
    """Where to go on, and what the link says."""
    watched = (ConcernKind.OVERDUE, ConcernKind.LOST, ConcernKind.FAILED, ConcernKind.IN_DOUBT)
    if concern.kind in watched and concern.day is not None:
        step = "See the sending" if concern.kind is ConcernKind.OVERDUE else "See who"
        return sending_path(concern.newsletter, concern.day), step
    if concern.kind is ConcernKind.GIVEN_UP and concern.day is not None:
        return issue_path(concern.newsletter, concern.day), "See why"
    if concern.kind in (ConcernKind.QUARANTINED, ConcernKind.SOURCE):
        step = "Look, and release" if concern.kind is ConcernKind.QUARANTINED else "Look into it"
        return f"{_SOURCES}/{concern.subject}", step
    suppressed = f"{_SUBSCRIBERS}?state=suppressed", "See whose"
    return {
        ConcernKind.WEBHOOK: (f"{_WEBHOOKS}/{concern.subject}", "Look into it"),
        ConcernKind.FILES: (_SOURCES, "See which"),
        ConcernKind.BOUNCES: suppressed,
        ConcernKind.COMPLAINTS: suppressed,
    }.get(concern.kind, ("", ""))
