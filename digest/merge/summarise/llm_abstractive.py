"""A language model writes the bullets, where the operator lets it; pure but for the model.

They are labelled as a machine's wherever they are shown. They stand only if each is a sentence of
the reports, at most shortened (digest.merge.summarise.faithfulness).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from digest.merge.language.figures import figures_in
from digest.merge.language.publishers import publisher_of
from digest.merge.summarise.bullets import MAX_BULLETS
from digest.merge.summarise.faithfulness import find_origin
from digest.merge.summarise.llm import SummaryFailed
from digest.merge.summarise.story import StoryText, write_text
from digest.model import Report
from digest.text import clean_line

_MARKER = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}\)\s+)")


@dataclass(frozen=True, slots=True)
class SummaryInput:
    """What a model that writes is given of one report."""

    publisher: str
    headline: str
    text: str


class Writer(Protocol):
    """Writes bullets from the reports of one event; what goes wrong is a value."""

    @property
    def name(self) -> str:
        """What it is called where its bullets are explained."""
        ...

    def write(
        self, inputs: Sequence[SummaryInput], language: str | None
    ) -> tuple[str, ...] | SummaryFailed:
        """At most eight sentences in the language given."""
        ...


@dataclass(frozen=True, slots=True)
class WritingSummariser:
    """Takes the bullets that a model wrote, if all of them can stand."""

    writer: Writer

    def summarise(self, reports: Sequence[Report]) -> StoryText | SummaryFailed | None:
        """The story with these bullets; None for a seed, and where only headlines are known."""
        is_seed = any(report.bullets for report in reports)
        if is_seed or not any(report.summary for report in reports):
            return None
        story = write_text(reports)
        inputs = [
            SummaryInput(publisher_of(report), report.headline, report.summary)
            for report in reports
        ]
        written = self.writer.write(inputs, story.language)
        if isinstance(written, SummaryFailed):
            return written
        return accept(written, story, reports, self.writer.name)


def accept(
    written: Sequence[str], story: StoryText, reports: Sequence[Report], author: str
) -> StoryText | SummaryFailed:
    """The story with the bullets that a model wrote; one bad bullet spoils all.

    One that invents once is not believed for the rest.
    """
    cleaned = (clean_line(_MARKER.sub("", bullet)) for bullet in written)
    bullets = tuple(dict.fromkeys(bullet for bullet in cleaned if bullet))
    if not bullets:
        return SummaryFailed(f"{author} gave no bullets", answered=True)
    if len(bullets) > MAX_BULLETS:
        reason = f"{author} gave {len(bullets)} bullets; at most {MAX_BULLETS} are shown"
        return SummaryFailed(reason, answered=True)
    origins = []
    for bullet in bullets:
        origin = find_origin(bullet, reports, story.sources)
        if origin is None:
            return SummaryFailed(f"the reports do not say: {bullet}", answered=True)
        counted = {figure.counts for figure in figures_in(bullet, story.language)}
        if counted & {fact.counts for fact in story.differing}:
            reason = f"{author} takes a side where the reports differ: {bullet}"
            return SummaryFailed(reason, answered=True)
        origins.append(origin)
    return replace(
        story,
        bullets=bullets,
        origins=tuple(origins),
        reason=f"written by {author}, a language model; each was held against one sentence",
        machine_written=True,
    )
