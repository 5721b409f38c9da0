"""A place for a language model, which nothing needs; off unless the operator names one.

Its bullets stand only if the reports say them. Whatever it does, the extractive ones are there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from digest.log import get_logger
from digest.merge.language.figures import figures_in
from digest.merge.language.publishers import publisher_of
from digest.merge.summarise.bullets import MAX_BULLETS
from digest.merge.summarise.story import StoryText
from digest.merge.summarise.support import is_supported
from digest.model import Report
from digest.text import clean_line

log = get_logger(__name__)

_MARKER = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}\)\s+)")


@dataclass(frozen=True, slots=True)
class SummaryInput:
    """What a summariser is given of one report."""

    publisher: str
    headline: str
    text: str


@dataclass(frozen=True, slots=True)
class SummaryFailed:
    """It gave no bullets, and why."""

    reason: str


class Summariser(Protocol):
    """Writes bullets from the reports of one event; what goes wrong is a value."""

    def summarise(
        self, accounts: Sequence[SummaryInput], language: str | None
    ) -> tuple[str, ...] | SummaryFailed:
        """At most eight sentences in the language given."""
        ...


class Watched:
    """A summariser of which it is known how often in a row it failed."""

    def __init__(self, summariser: Summariser) -> None:
        self.failures = 0
        self._summariser = summariser

    def summarise(
        self, accounts: Sequence[SummaryInput], language: str | None
    ) -> tuple[str, ...] | SummaryFailed:
        """What the summariser says."""
        written = self._summariser.summarise(accounts, language)
        self.failures = self.failures + 1 if isinstance(written, SummaryFailed) else 0
        return written


def summarise_with(
    summariser: Summariser, story: StoryText, reports: Sequence[Report]
) -> StoryText:
    """The story with the summariser's bullets where each is supported, else as it was.

    A seed's bullets are its own, and are not touched.
    """
    if any(report.bullets for report in reports) or not any(report.summary for report in reports):
        return story
    inputs = [
        SummaryInput(publisher_of(report), report.headline, report.summary) for report in reports
    ]
    written = summariser.summarise(inputs, story.language)
    if isinstance(written, SummaryFailed):
        bullets: tuple[str, ...] = ()
        fault = written.reason
    else:
        cleaned = (clean_line(_MARKER.sub("", bullet)) for bullet in written)
        bullets = tuple(dict.fromkeys(bullet for bullet in cleaned if bullet))
        fault = find_fault(bullets, story, reports)
    if fault:
        log.warning("a summary is not used", story=story.headline, reason=fault)
        return story
    return replace(story, bullets=bullets)


def find_fault(bullets: Sequence[str], story: StoryText, reports: Sequence[Report]) -> str:
    """Why a summariser's bullets cannot stand, empty if they can; one bad bullet spoils all.

    One that invents once is not believed for the rest.
    """
    if not bullets:
        return "it gave no bullets"
    if len(bullets) > MAX_BULLETS:
        return f"it gave {len(bullets)} bullets; at most {MAX_BULLETS} are shown"
    for bullet in bullets:
        if not is_supported(bullet, reports):
            return f"the reports do not say: {bullet}"
        counted = {figure.counts for figure in figures_in(bullet, story.language)}
        if counted & {fact.counts for fact in story.differing}:
            return f"it takes a side where the reports differ: {bullet}"
    return ""
