"""What somebody typed into the sign-up form, and what of it can be taken; pure.

The form is open to everybody, so it is read with those in mind who misuse it: what a stranger
types must not reach the owner of the address that they typed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from zoneinfo import available_timezones

from digest.addresses import read_public_address
from digest.model import Newsletter, Subscription, TopicTree
from digest.services.subscribers.names import harmless_name
from digest.services.subscribers.preferences_form import TopicLine, topic_lines

_HOUR = re.compile(r"[01]?[0-9]|2[0-3]", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignupFields:
    """The form as it was sent, to be read or to be shown again.

    `trap` is the field that people do not see; `stamp` says when the form was made.
    """

    email: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()
    timezone: str = ""
    hour: str = ""
    wants_issue: bool = True
    stamp: str = ""
    trap: str = ""


# What is wrong, as a code, by the field that it stands beside; templates/web/signup.html.j2 has
# the words.
Faults = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FormResult:
    """What a form came to: a subscription, or what is wrong with it."""

    subscription: Subscription | None
    faults: Faults = field(default_factory=dict)


def read(fields: SignupFields, newsletter: Newsletter, tree: TopicTree) -> FormResult:
    """The subscription that was asked for, or every fault at once."""
    email, zone, hour = _email(fields.email), fields.timezone.strip(), fields.hour.strip()
    offered = {line.topic.id for line in topic_lines(tree, newsletter, ())}
    is_valid = {
        "email": email is not None,
        "topics": offered.issuperset(fields.topics),
        "timezone": not zone or zone in zones(),
        "hour": not hour or _HOUR.fullmatch(hour) is not None,
    }
    faults = {name: "unknown" for name, holds in is_valid.items() if not holds}
    if email is None:
        faults["email"] = "malformed" if fields.email.strip() else "missing"
    if email is None or faults:
        return FormResult(None, faults)
    subscription = Subscription(
        email=email,
        name=harmless_name(fields.name),
        topics=() if _is_all(tree, fields.topics, offered) else tuple(dict.fromkeys(fields.topics)),
        timezone=zone or None,
        hour=int(hour) if hour else None,
    )
    return FormResult(subscription)


def _email(text: str) -> str | None:
    """The address as it is kept, None for what is none."""
    try:
        return read_public_address(text)
    except ValueError:
        return None


def offer(tree: TopicTree, newsletter: Newsletter, chosen: Collection[str]) -> list[TopicLine]:
    """The topics to choose among; not the one, if it is one, under which all the others are."""
    lines = topic_lines(tree, newsletter, chosen)
    tops = [line for line in lines if not line.depth]
    if len(tops) != 1 or len(lines) == 1:
        return list(lines)
    return [replace(line, depth=line.depth - 1) for line in lines if line.depth]


def _is_all(tree: TopicTree, chosen: Collection[str], offered: Collection[str]) -> bool:
    """Whether every leaf of what is offered is chosen, by itself or with what is above it."""
    leaves = [topic for topic in offered if tree.is_leaf(tree.by_id[topic])]
    return all(set(chosen).intersection(tree.lineage(leaf)) for leaf in leaves)


@cache
def zones() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(available_timezones())
