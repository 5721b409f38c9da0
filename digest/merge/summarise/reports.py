"""The reports of one event in one order, and their sentences that could be bullets; pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.merge.bullet_origins import origin_of
from digest.merge.language.headline import clean_headline
from digest.merge.language.publishers import publisher_key, publisher_of
from digest.merge.language.sentences import Sentence, sentences_of
from digest.merge.summarise.dependent_sentences import is_dependent
from digest.merge.summarise.salience import terms_of, weigh
from digest.merge.summarise.standalone import can_stand
from digest.model import Origin, Report, SourceRef

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
    """A sentence that could be a bullet: of which report it is, and its place in that.

    `depends_on` is the place of the sentence that must stand before it, if one must.
    """

    text: str
    report: Report
    report_number: int
    place: int
    publisher: str
    terms: Counter[str]
    depends_on: int | None = None

    @property
    def publisher_name(self) -> str:
        """Its publisher as shown; `publisher` is what its spellings have in common."""
        return publisher_of(self.report)

    def origin(self, sources: Sequence[SourceRef]) -> Origin:
        """Where it comes from, in a story with these sources."""
        return origin_of(self.report, self.place + 1, sources)


def read(report: Report) -> ParsedReport:
    """What a report tells; that may be its headline and nothing more."""
    publisher = publisher_of(report)
    sentences = sentences_of(report.summary[:MAX_READ], report.language)
    if len(report.summary) > MAX_READ:
        sentences = sentences[:-1]  # which the limit may have cut
    whole = tuple(s for s in sentences[:MAX_SENTENCES] if can_stand(s, report.language))
    return ParsedReport(report, publisher, clean_headline(report.headline, publisher), whole)


def in_order(reports: Sequence[Report]) -> tuple[Report, ...]:
    """The earliest first; the same whatever order they came in."""
    return tuple(
        sorted(
            reports,
            key=lambda report: (
                report.published or _UNDATED,
                publisher_key(publisher_of(report)),
                report.headline,
                report.summary,
                report.source,
                report.key,
            ),
        )
    )


def by_centrality(reports: Sequence[ParsedReport]) -> tuple[ParsedReport, ...]:
    """The one first that says most of what all say; ties stay in their order."""
    texts = [
        terms_of(f"{parsed.headline}\n{parsed.report.summary[:MAX_READ]}") for parsed in reports
    ]
    alike = weigh(texts).alike.sum(axis=0).round(9)
    return tuple(reports[at] for at in sorted(range(len(reports)), key=lambda at: -alike[at]))


def main_language(reports: Sequence[Report]) -> str | None:
    """The language of most reports; that of the earliest of those at a tie."""
    counts = Counter(report.language for report in reports if report.language)
    return max(counts, key=lambda tag: counts[tag]) if counts else None


def is_in(language: str | None, report: Report) -> bool:
    """Whether a report can be told in a language; one of which none is known can."""
    return not language or report.language in {None, language}


def candidate_bullets(reports: Sequence[ParsedReport]) -> tuple[CandidateBullet, ...]:
    """The sentences by report and place; what one depends on stands before it, or both are out."""
    bullets: list[CandidateBullet] = []
    for number, parsed in enumerate(reports):
        for sentence in parsed.sentences:
            depends_on = None
            if is_dependent(sentence.text, parsed.report.language):
                depends_on = sentence.place - 1
                before = (bullets[-1].report_number, bullets[-1].place) if bullets else None
                if before != (number, depends_on):
                    continue
            bullet = CandidateBullet(
                sentence.text,
                parsed.report,
                number,
                sentence.place,
                parsed.publisher_key,
                terms_of(sentence.text),
                depends_on,
            )
            bullets.append(bullet)
    return tuple(bullets)


def without(
    bullets: Sequence[CandidateBullet], unwanted: Callable[[CandidateBullet], bool]
) -> tuple[CandidateBullet, ...]:
    """The sentences that are not unwanted; what depends on one that is goes with it."""
    wanted: list[CandidateBullet] = []
    for bullet in bullets:
        before = (wanted[-1].report_number, wanted[-1].place) if wanted else None
        needed = (bullet.report_number, bullet.depends_on)
        if (bullet.depends_on is None or before == needed) and not unwanted(bullet):
            wanted.append(bullet)
    return tuple(wanted)
