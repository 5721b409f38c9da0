"""robots.txt as RFC 9309 has it; pure.

Our own reader: urllib's knows no wildcards before Python 3.15, and protego 0.7 takes 15 s and 1 GB
for a hostile file of 118 KB (docs/decisions/0014-fetching.md). Groups for our name or, where there
is none, for `*` are kept; time is linear in the file, and matching needs no regular expression.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# RFC 9309, section 2.5: at least 500 KiB are read.
MAX_BYTES = 500 * 1024
_MAX_RULES = 1000
_KEPT = timedelta(days=1)
_KEPT_IN_NEED = timedelta(days=30)

_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A path pattern, in which `*` is any text and `$` at the end is the end."""

    allow: bool
    pattern: str


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """What a site's robots.txt says to us, and when it was read; an origin each."""

    rules: tuple[Rule, ...]
    read_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether it need not be read again: for a day."""
        return now - self.read_at < _KEPT

    def is_usable(self, now: datetime) -> bool:
        """Whether it stands while its site does not answer: for a month (section 2.3.1.4)."""
        return now - self.read_at < _KEPT_IN_NEED


def parse_robots(body: bytes, agent: str) -> tuple[Rule, ...]:
    """The rules for `agent`, a product token such as `newsletter-digest`."""
    ours: list[Rule] = []
    everyones: list[Rule] = []
    named = False
    lines = body[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    agents: set[str] = set()
    in_rules = False
    for line in lines:
        name, colon, value = line.partition("#")[0].partition(":")
        key, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            if in_rules:
                agents, in_rules = set(), False
            # Without its version (2.2.1); only the two that matter: a million names cost nothing.
            product = re.split(r"[/\s]", value.lower(), maxsplit=1)[0]
            agents |= {product} & {agent.lower(), "*"}
            named = named or agent.lower() in agents
        elif key in ("allow", "disallow"):
            in_rules = True
            if value and agents:
                rule = Rule(key == "allow", _normal(value))
                if agent.lower() in agents:
                    ours.append(rule)
                if "*" in agents:
                    everyones.append(rule)
    return tuple((ours if named else everyones)[:_MAX_RULES])


def is_allowed(rules: Iterable[Rule], target: str) -> bool:
    """Whether a path with its query may be asked for: the longest match rules (section 2.2.2)."""
    path = _normal(target)
    best = max(
        ((len(rule.pattern), rule.allow) for rule in rules if _matches(rule.pattern, path)),
        default=(0, True),
    )
    return best[1]


def _normal(text: str) -> str:
    """Escapes in one form, and what is not ASCII escaped (section 2.2.2)."""
    escaped = "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)
    return _ESCAPE.sub(lambda match: match[0].upper(), escaped)


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches from the start; each piece at its first place, so in one pass."""
    at_end = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    last = pieces.pop() if at_end and pieces else None
    for piece in pieces:
        place = path.find(piece, position)
        if place < 0:
            return False
        position = place + len(piece)
    if last is not None:
        return len(path) - len(last) >= position and path.endswith(last)
    return not at_end or position == len(path)
