"""One story's text from the reports of one event; pure.

reports --told_by--> sentences --choose_bullets--> bullets, with the headline, the facts on which
the publishers differ, the picture and the sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.merge.language.publishers import sources_of
from digest.merge.summarise.bullets import MAX_BULLETS, choose_bullets
from digest.merge.summarise.differing import Differences, find_differences
from digest.merge.summarise.headline import choose_headline
from digest.merge.summarise.reports import (
    CandidateBullet,
    by_centrality,
    in_order,
    is_in,
    main_language,
    read,
    told_by,
    without,
)
from digest.merge.summarise.salience import terms_of
from digest.model import DifferingFact, Image, Report, SourceRef

# With fewer bullets left than this, one that takes a side is better than none.
_ENOUGH = 2
# Of a report with so many sentences there is nothing to choose.
_FEW = 4


@dataclass(frozen=True, slots=True)
class StoryText:
    """What is told of an event; `source_count` counts publishers, or is what a seed says."""

    headline: str
    bullets: tuple[str, ...]
    differing: tuple[DifferingFact, ...] = ()
    image: Image | None = None
    sources: tuple[SourceRef, ...] = ()
    source_count: int = 1
    language: str | None = None


def write_text(reports: Sequence[Report]) -> StoryText:
    """The text of one event, the same whatever order its reports come in; at least one report.

    A report with bullets of its own is a seed: its headline, bullets and count stand as they are.
    """
    ordered = in_order(reports)
    if any(one.bullets for one in ordered):
        return _tell_seed(ordered)
    if len(ordered) == 1:
        return _tell_alone(ordered[0])
    readings = [read(one) for one in ordered]
    central = by_centrality(readings)
    language = main_language(ordered)
    spoken = [one for one in central if is_in(language, one.report)]
    differences = find_differences(readings)
    headline = choose_headline(spoken, differences.phrases)
    sources = sources_of(one.report for one in central)
    return StoryText(
        headline=headline,
        bullets=_bullets(told_by(spoken), headline, differences),
        differing=differences.facts,
        image=_image(ordered),
        sources=sources,
        source_count=len(sources),
        language=language,
    )


def _tell_alone(report: Report) -> StoryText:
    """Most reports stay alone: nobody contradicts them, and of few sentences all are told."""
    reading = read(report)
    told, terms = told_by([reading]), terms_of(reading.headline)
    if len(told) <= _FEW:
        bullets = tuple(one.text for one in told if one.terms.keys() - terms.keys())
    else:
        bullets = choose_bullets(told, terms)
    sources = sources_of([report])
    return StoryText(
        headline=reading.headline,
        bullets=bullets,
        image=report.image,
        sources=sources,
        source_count=len(sources),
        language=report.language,
    )


def _tell_seed(ordered: Sequence[Report]) -> StoryText:
    seeds = [one for one in ordered if one.bullets]
    first = seeds[0]
    return StoryText(
        headline=first.headline,
        bullets=first.bullets,
        image=_image([first, *ordered]),
        sources=sources_of([first, *ordered]) if len(ordered) > 1 else first.sources,
        source_count=max(one.source_count for one in seeds),
        language=first.language,
    )


def _bullets(
    told: Sequence[CandidateBullet], headline: str, differences: Differences
) -> tuple[str, ...]:
    """Those that take no side where the reports differ, if there are enough of them."""
    limit, terms = MAX_BULLETS - len(differences.facts), terms_of(headline)
    neutral = without(told, lambda one: differences.takes_a_side(one.text))
    bullets = choose_bullets(neutral, terms, limit=limit)
    if len(bullets) >= _ENOUGH or len(neutral) == len(told):
        return bullets
    return choose_bullets(told, terms, limit=limit)


def _image(reports: Sequence[Report]) -> Image | None:
    """The first picture that says what it shows, or the first."""
    images = [one.image for one in reports if one.image]
    return next((image for image in images if image.alt), images[0] if images else None)
