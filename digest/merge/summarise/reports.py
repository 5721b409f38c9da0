"""The reports of one event in one order, and their sentences that could be bullets; pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.merge.language.headline import clean_headline
from digest.merge.language.publishers import publisher_key, publisher_of
from digest.merge.language.sentences import Sentence, sentences_of
from digest.merge.summarise.dependent import is_dependent
from digest.merge.summarise.salience import terms_of, weigh
from digest.merge.summarise.standalone import can_stand
from digest.model import Report

# A report's first lines tell the event; what stands far below is background, or another text.
MAX_READ = 8_000
MAX_SENTENCES = 24
_UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report as it is read here: its cleaned headline and the sentences that could be bullets."""

    report: Report
    publisher: str
    headline: str
    sentences: tuple[Sentence, ...]

    @property
    def publisher_key(self) -> str:
        """Its publisher, whatever the spelling."""
        return publisher_key(self.publisher)


@dataclass(frozen=True, slots=True)
class CandidateBullet:
    """A sentence that could be a bullet: whose it is, and its place in that reading.

    `leans_on` is the place of the sentence that must stand before it, if one must.
    """

    text: str
    reading: int
    place: int
    publisher: str
    terms: Counter[str]
    leans_on: int | None = None


def read(report: Report) -> ParsedReport:
    """What a report tells; that may be its headline and nothing more."""
    publisher = publisher_of(report)
    found = sentences_of(report.summary[:MAX_READ], report.language)
    if len(report.summary) > MAX_READ:
        found = found[:-1]  # which the limit may have cut
    whole = tuple(one for one in found[:MAX_SENTENCES] if can_stand(one, report.language))
    return ParsedReport(report, publisher, clean_headline(report.headline, publisher), whole)


def in_order(reports: Sequence[Report]) -> tuple[Report, ...]:
    """The earliest first; the same whatever order they came in."""
    return tuple(
        sorted(
            reports,
            key=lambda one: (
                one.published or _UNDATED,
                publisher_key(publisher_of(one)),
                one.headline,
                one.summary,
                one.source,
                one.key,
            ),
        )
    )


def by_centrality(readings: Sequence[ParsedReport]) -> tuple[ParsedReport, ...]:
    """The one first that says most of what all say; ties stay in their order."""
    texts = [terms_of(f"{one.headline}\n{one.report.summary[:MAX_READ]}") for one in readings]
    alike = weigh(texts).alike.sum(axis=0).round(9)
    return tuple(readings[at] for at in sorted(range(len(readings)), key=lambda at: -alike[at]))


def main_language(reports: Sequence[Report]) -> str | None:
    """The language of most reports; that of the earliest of those at a tie."""
    counts = Counter(one.language for one in reports if one.language)
    return max(counts, key=lambda tag: counts[tag]) if counts else None


def is_in(language: str | None, report: Report) -> bool:
    """Whether a report can be told in a language; one of which none is known can."""
    return not language or report.language in {None, language}


def told_by(readings: Sequence[ParsedReport]) -> tuple[CandidateBullet, ...]:
    """The sentences by reading and place; one that leans has what it leans on before it."""
    found: list[CandidateBullet] = []
    for number, reading in enumerate(readings):
        for sentence in reading.sentences:
            needs = (
                sentence.place - 1 if is_dependent(sentence.text, reading.report.language) else None
            )
            if needs is None or (found and (found[-1].reading, found[-1].place) == (number, needs)):
                found.append(_told(reading, number, sentence, needs))
    return tuple(found)


def _told(
    reading: ParsedReport, number: int, sentence: Sentence, needs: int | None
) -> CandidateBullet:
    terms = terms_of(sentence.text)
    return CandidateBullet(
        sentence.text, number, sentence.place, reading.publisher_key, terms, needs
    )


def without(
    told: Sequence[CandidateBullet], unwanted: Callable[[CandidateBullet], bool]
) -> tuple[CandidateBullet, ...]:
    """The sentences that are not unwanted; what leans on one that is goes with it."""
    kept: list[CandidateBullet] = []
    for one in told:
        before = (kept[-1].reading, kept[-1].place) if kept else None
        stands = one.leans_on is None or before == (one.reading, one.leans_on)
        if stands and not unwanted(one):
            kept.append(one)
    return tuple(kept)
