"""Why nothing is sent, in words: what the database and the clock say, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from digest.clock import local_time
from digest.errors import DigestError
from digest.services.installation.rules import BACKWARD, Why


@dataclass(frozen=True, slots=True)
class CopyRefusal:
    """Why a database may not send.

    `copied_at` is the newest time in it, `sent_until` when mail went out last by the mark, which
    came from `origin`.
    """

    why: Why
    copied_at: datetime | None = None
    sent_until: datetime | None = None
    origin: str = ""


_ADOPT = (
    "if what it has still to send may have gone out, `digest adopt --as sent`; if nothing went out "
    "since, or it was moved here and sends nowhere else, `digest adopt --as-is` "
    "(see docs/howto/copy-and-move.md)"
)


def refused(refusal: CopyRefusal, now: datetime, zone: tzinfo) -> DigestError:
    """The error that ends a command which would send."""
    at, until = refusal.copied_at, refusal.sent_until
    dated = f" from {local_time(at, zone, now)}" if at else ""
    since = f" until {local_time(until, zone, now)}" if until else ""
    match refusal.why:
        case Why.BEHIND:
            return DigestError(
                f"this database is a copy{dated}; mail went out from it{since}", remedy=_ADOPT
            )
        case Why.OTHER_DATABASE:
            return DigestError(
                f"another database than this one was here, and mail went out{since}", remedy=_ADOPT
            )
        case Why.OTHER_HOME:
            return DigestError(
                f"this database is a copy{dated}; it may have gone on to send elsewhere",
                remedy=_ADOPT,
            )
        case Why.COPIED_FOLDER:
            return DigestError(
                f"this project is a copy{dated} of {refusal.origin}, which may have gone on to "
                "send",
                remedy=_ADOPT,
            )
        case Why.NO_MARK:
            return DigestError(
                f"this database is a copy{dated} from another folder, where it may have gone on to "
                "send",
                remedy=_ADOPT,
            )


def wrong_clock(now: datetime, last: datetime, zone: tzinfo) -> DigestError:
    """The error that holds collecting, sealing and giving up: both times, with their years."""
    if now < last - BACKWARD:
        how = "before the newest time in the database"
    else:
        how = "long after the last run"
    return DigestError(
        f"the clock says {_with_year(now, zone)}, {how}, {_with_year(last, zone)}; nothing is "
        "collected or sent",
        remedy="set the clock; if it is right, say so once: `digest run --clock-is-right`",
    )


def _with_year(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%-d %b %Y %H:%M %Z}"
