"""A language model points at sentences, and the reports' own words are printed; pure but for it.

It is given sentences with numbers and answers with numbers. So it cannot invent, turn or leave out
a word, whatever it was told to do by a report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from digest.merge.summarise.bullets import MAX_BULLETS, pick_bullets
from digest.merge.summarise.llm import SummaryFailed
from digest.merge.summarise.salience import terms_of
from digest.merge.summarise.story import Offer, StoryText, offer_sentences
from digest.model import Report

# Those of the most central reports come first.
MOST_OFFERED = 120


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    """A sentence of a report as a model is given it; `number` counts from 1."""

    number: int
    publisher: str
    text: str


class Pointer(Protocol):
    """Chooses among sentences; what goes wrong is a value."""

    @property
    def name(self) -> str:
        """What it is called where its choice is explained."""
        ...

    def point(
        self, headline: str, sentences: Sequence[NumberedSentence]
    ) -> tuple[int, ...] | SummaryFailed:
        """The numbers of those that tell the event best, in the order to read them in."""
        ...


@dataclass(frozen=True, slots=True)
class PointingSummariser:
    """Takes the sentences at which a model points, trimmed by the rules for all bullets."""

    pointer: Pointer

    def summarise(self, reports: Sequence[Report]) -> StoryText | SummaryFailed | None:
        """The story with these sentences; None for a seed, and where nothing is to choose."""
        offer = offer_sentences(reports)
        if offer is None or len(offer.sentences) < 2:
            return None
        offered = replace(offer, sentences=offer.sentences[:MOST_OFFERED])
        numbers = self.pointer.point(
            offered.story.headline,
            [
                NumberedSentence(number, sentence.publisher_name, sentence.text)
                for number, sentence in enumerate(offered.sentences, start=1)
            ],
        )
        if isinstance(numbers, SummaryFailed):
            return numbers
        return take(offered, numbers, self.pointer.name)


def take(offer: Offer, numbers: Sequence[int], chooser: str) -> StoryText | SummaryFailed:
    """The story with the sentences of these numbers, if they are a list of some that were offered.

    Of a list that is wrong in one place nothing is taken.
    """
    count = len(offer.sentences)
    if not numbers:
        return SummaryFailed(f"{chooser} chose no sentence", answered=True)
    if len(numbers) > MAX_BULLETS:
        reason = f"{chooser} chose {len(numbers)} sentences; at most {MAX_BULLETS} are shown"
        return SummaryFailed(reason, answered=True)
    if len(set(numbers)) < len(numbers):
        return SummaryFailed(f"{chooser} chose a sentence twice", answered=True)
    if not all(1 <= number <= count for number in numbers):
        return SummaryFailed(
            f"{chooser} named numbers that were not among the {count} offered", answered=True
        )
    rows = [number - 1 for number in numbers]
    picked = pick_bullets(offer.sentences, terms_of(offer.story.headline), rows, offer.limit)
    if not picked:
        reason = f"what {chooser} chose says no more than the headline"
        return SummaryFailed(reason, answered=True)
    listed = ", ".join(map(str, numbers))
    reason = f"sentences {listed} of the {count} offered, chosen by {chooser}"
    return replace(offer.story.with_bullets(picked), reason=reason)
