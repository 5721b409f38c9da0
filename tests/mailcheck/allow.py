"""allow.toml: what the tools may say although the mail is right."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from typing import Any

from tests.mailcheck.findings import HERE


@cache
def _lists() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((HERE / "allow.toml").read_text("utf-8"))


def is_valid_for_mail(message: str) -> bool:
    """Whether what the Nu validator calls an error is what mail needs."""
    return any(re.search(entry["message"], message) for entry in _lists()["nu"])


def allowed_features() -> set[str]:
    """The features that have an entry, by the names in caniemail's data."""
    return {feature for entry in _lists()["caniemail"] for feature in entry["features"]}


@dataclass(frozen=True, slots=True)
class Gap:
    """A feature that the mail uses and that some programs do not have, or not in full.

    `place` is the HTML that made it harmful, where that is known.
    """

    feature: str
    clients: tuple[str, ...]
    notes: tuple[str, ...]
    place: str = ""


def harmful(gap: Gap, html: str) -> Gap | None:
    """What is left of the gap without the programs where it takes nothing from the content."""
    left = list(gap.clients)
    place = ""
    for entry in _entries_for(gap.feature):
        match = re.search(entry["unless"], html) if "unless" in entry else None
        if match:
            place = match[0]
        else:
            left = [client for client in left if not _matches(client, entry.get("clients", ["*"]))]
    return Gap(gap.feature, tuple(left), gap.notes, place) if left else None


def _entries_for(feature: str) -> list[dict[str, Any]]:
    return [entry for entry in _lists()["caniemail"] if feature in entry["features"]]


def _matches(client: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(client, pattern) for pattern in patterns)
