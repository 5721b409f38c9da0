"""One story's text from the reports of one event; pure.

reports --offer--> a headline and sentences --choose_bullets--> bullets, with the facts on which the
publishers differ, the picture and the sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.merge.bullet_origins import origins_of_bullets
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
from digest.model import DifferingFact, Image, Origin, Report, SourceRef

# With fewer bullets left than this, one that takes a side is better than none.
_ENOUGH = 2
# Of a report with so many sentences there is nothing to choose.
_FEW = 4


@dataclass(frozen=True, slots=True)
class StoryText:
    """What is told of an event; `source_count` counts publishers, or is what a seed says.

    `reason` says why it has these bullets, where a language model was asked; those that are
    `machine_written` are its words.
    """

    headline: str
    bullets: tuple[str, ...]
    differing: tuple[DifferingFact, ...] = ()
    image: Image | None = None
    sources: tuple[SourceRef, ...] = ()
    source_count: int = 1
    language: str | None = None
    origins: tuple[Origin | None, ...] = ()
    reason: str = ""
    machine_written: bool = False

    def with_bullets(self, bullets: Sequence[CandidateBullet]) -> "StoryText":
        """The same with these sentences of the reports."""
        return replace(
            self,
            bullets=tuple(bullet.text for bullet in bullets),
            origins=tuple(bullet.origin(self.sources) for bullet in bullets),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A story without bullets yet, and the sentences that could be some: at most `limit` of them.

    Those of the most central report come first. Where the publishers differ, sentences that take a
    side are left out, if enough others are there.
    """

    story: StoryText
    sentences: tuple[CandidateBullet, ...]
    limit: int = MAX_BULLETS


def write_text(reports: Sequence[Report]) -> StoryText:
    """The text of one event, the same whatever order its reports come in; at least one report.

    A report with bullets of its own is a seed: its headline, bullets and count stand as they are.
    """
    ordered = in_order(reports)
    if any(report.bullets for report in ordered):
        return _text_of_seed(ordered)
    offer = _offer(ordered)
    headline = terms_of(offer.story.headline)
    if len(ordered) == 1 and len(offer.sentences) <= _FEW:
        # Most reports stay alone: nobody contradicts them, and of few sentences all are taken.
        bullets = tuple(s for s in offer.sentences if s.terms.keys() - headline.keys())
    else:
        bullets = choose_bullets(offer.sentences, headline, limit=offer.limit)
    return offer.story.with_bullets(bullets)


def offer_sentences(reports: Sequence[Report]) -> Offer | None:
    """What could be told of an event, to choose from; None where a seed says what is told."""
    return None if any(report.bullets for report in reports) else _offer(in_order(reports))


def _offer(ordered: Sequence[Report]) -> Offer:
    if len(ordered) == 1:
        return _offer_of_one(ordered[0])
    parsed = [read(report) for report in ordered]
    central = by_centrality(parsed)
    language = main_language(ordered)
    in_language = [
        parsed_report for parsed_report in central if is_in(language, parsed_report.report)
    ]
    differences = find_differences(parsed)
    sources = sources_of(parsed_report.report for parsed_report in central)
    story = StoryText(
        headline=choose_headline(in_language, differences.phrases),
        bullets=(),
        differing=differences.facts,
        image=_image(ordered),
        sources=sources,
        source_count=len(sources),
        language=language,
    )
    limit = MAX_BULLETS - len(differences.facts)
    return Offer(story, _neutral(candidate_bullets(in_language), story, differences, limit), limit)


def _offer_of_one(report: Report) -> Offer:
    parsed, sources = read(report), sources_of([report])
    story = StoryText(
        headline=parsed.headline,
        bullets=(),
        image=report.image,
        sources=sources,
        source_count=len(sources),
        language=report.language,
    )
    return Offer(story, candidate_bullets([parsed]))


def _neutral(
    sentences: Sequence[CandidateBullet], story: StoryText, differences: Differences, limit: int
) -> tuple[CandidateBullet, ...]:
    """Those that take no side where the reports differ, if there are enough of them."""
    neutral = without(sentences, lambda sentence: differences.takes_a_side(sentence.text))
    if len(neutral) == len(sentences):
        return neutral
    enough = choose_bullets(neutral, terms_of(story.headline), limit=limit)
    return neutral if len(enough) >= _ENOUGH else tuple(sentences)


def _text_of_seed(ordered: Sequence[Report]) -> StoryText:
    """What the first report with bullets says; the others add a picture and their sources."""
    seeds = [report for report in ordered if report.bullets]
    first = seeds[0]
    sources = sources_of([first, *ordered]) if len(ordered) > 1 else first.sources
    return StoryText(
        headline=first.headline,
        bullets=first.bullets,
        image=_image([first, *ordered]),
        sources=sources,
        source_count=max(seed.source_count for seed in seeds),
        language=first.language,
        origins=origins_of_bullets(first, sources),
    )


def _image(reports: Sequence[Report]) -> Image | None:
    """The first picture that says what it shows, or the first."""
    images = [report.image for report in reports if report.image]
    return next((image for image in images if image.alt), images[0] if images else None)
