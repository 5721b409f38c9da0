"""One story's text from the reports of one event; pure.

reports --candidate_bullets--> sentences --choose_bullets--> bullets, with the headline, the facts
on which the publishers differ, the picture and the sources.
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
    candidate_bullets,
    in_order,
    is_in,
    main_language,
    read,
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
    if any(report.bullets for report in ordered):
        return _text_of_seed(ordered)
    if len(ordered) == 1:
        return _text_of_one(ordered[0])
    parsed = [read(report) for report in ordered]
    central = by_centrality(parsed)
    language = main_language(ordered)
    in_language = [
        parsed_report for parsed_report in central if is_in(language, parsed_report.report)
    ]
    differences = find_differences(parsed)
    headline = choose_headline(in_language, differences.phrases)
    sources = sources_of(parsed_report.report for parsed_report in central)
    return StoryText(
        headline=headline,
        bullets=_bullets(candidate_bullets(in_language), headline, differences),
        differing=differences.facts,
        image=_image(ordered),
        sources=sources,
        source_count=len(sources),
        language=language,
    )


def _text_of_one(report: Report) -> StoryText:
    """Most reports stay alone: nobody contradicts them, and of few sentences all are taken."""
    parsed = read(report)
    candidates, terms = candidate_bullets([parsed]), terms_of(parsed.headline)
    if len(candidates) <= _FEW:
        bullets = tuple(c.text for c in candidates if c.terms.keys() - terms.keys())
    else:
        bullets = choose_bullets(candidates, terms)
    sources = sources_of([report])
    return StoryText(
        headline=parsed.headline,
        bullets=bullets,
        image=report.image,
        sources=sources,
        source_count=len(sources),
        language=report.language,
    )


def _text_of_seed(ordered: Sequence[Report]) -> StoryText:
    """What the first report with bullets says; the others add a picture and their sources."""
    seeds = [report for report in ordered if report.bullets]
    first = seeds[0]
    return StoryText(
        headline=first.headline,
        bullets=first.bullets,
        image=_image([first, *ordered]),
        sources=sources_of([first, *ordered]) if len(ordered) > 1 else first.sources,
        source_count=max(seed.source_count for seed in seeds),
        language=first.language,
    )


def _bullets(
    candidates: Sequence[CandidateBullet], headline: str, differences: Differences
) -> tuple[str, ...]:
    """Those that take no side where the reports differ, if there are enough of them."""
    limit, terms = MAX_BULLETS - len(differences.facts), terms_of(headline)
    neutral = without(candidates, lambda bullet: differences.takes_a_side(bullet.text))
    bullets = choose_bullets(neutral, terms, limit=limit)
    if len(bullets) >= _ENOUGH or len(neutral) == len(candidates):
        return bullets
    return choose_bullets(candidates, terms, limit=limit)


def _image(reports: Sequence[Report]) -> Image | None:
    """The first picture that says what it shows, or the first."""
    images = [report.image for report in reports if report.image]
    return next((image for image in images if image.alt), images[0] if images else None)
