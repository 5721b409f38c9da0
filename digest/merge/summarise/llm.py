"""A place for a language model, which nothing needs; off unless the operator names one.

It points at sentences of the reports (digest.merge.summarise.llm_extractive), or writes its own
where the settings let it (digest.merge.summarise.llm_abstractive). Where it fails, the extractive
bullets stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.merge.summarise.story import StoryText
from digest.model import Report


@dataclass(frozen=True, slots=True)
class SummaryFailed:
    """A model gave no bullets that can stand, and why; `answered`, where it gave any answer."""

    reason: str
    answered: bool = False


class Summariser(Protocol):
    """Tells an event with the help of a model; what goes wrong is a value."""

    def summarise(self, reports: Sequence[Report]) -> StoryText | SummaryFailed | None:
        """The story with the bullets of the model; None where there is nothing to ask."""
        ...
