"""What is wrong round after round, told when it begins, then once an hour, then when it is over.

Pure. `digest run --quiet` keeps what it knows in a file, since the database may be what is wrong;
the daemon keeps it in memory.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

TOLD_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that is wrong: in which words it was told first, since when, told last when."""

    text: str
    since: datetime
    told_at: datetime


# By their text without its figures: how many messages are left changes nothing.
Incidents = Mapping[str, Incident]


@dataclass(frozen=True, slots=True)
class RoundIncidents:
    """What is known after a round, and which of it is to be told: begun or going on, and over."""

    known: Incidents
    to_tell: frozenset[str] = frozenset()
    over: Sequence[Incident] = field(default=())


def after_round(incidents: Incidents, problems: Sequence[str], now: datetime) -> RoundIncidents:
    """What a round that met these problems makes of what was known."""
    after: dict[str, Incident] = {}
    to_tell = set()
    for text in problems:
        key = key_of(text)
        incident = incidents.get(key)
        if incident is None:
            after[key] = Incident(text, now, now)
            to_tell.add(text)
        # A clock that was set back must not silence it for long.
        elif abs(now - incident.told_at) >= TOLD_EVERY:
            after[key] = replace(incident, told_at=now)
            to_tell.add(text)
        else:
            after[key] = incident
    over = [incident for key, incident in incidents.items() if key not in after]
    return RoundIncidents(after, frozenset(to_tell), over)


def key_of(text: str) -> str:
    """A problem's text without its figures."""
    return re.sub(r"\d[\d.,:]*", "#", text)
