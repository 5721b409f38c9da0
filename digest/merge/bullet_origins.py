"""From which sentence of which report each bullet of a story comes; pure."""

from collections.abc import Sequence

from digest.merge.language.publishers import publisher_key, publisher_of
from digest.merge.language.sentences import sentences_of
from digest.model import Origin, Report, SourceRef


def origin_of(report: Report, sentence: int, sources: Sequence[SourceRef]) -> Origin:
    """The sentence of a report, in a story with these sources."""
    keys = [publisher_key(source.name) for source in sources]
    own = publisher_key(publisher_of(report))
    # Of a report that names several publishers nobody knows which of them said a sentence.
    is_known = own in keys and len(report.sources) <= 1
    return Origin(report.source, report.key, sentence, keys.index(own) + 1 if is_known else None)


def origins_of_bullets(report: Report, sources: Sequence[SourceRef]) -> tuple[Origin, ...]:
    """Those of the bullets that a report has of its own, in a story with these sources."""
    return tuple(origin_of(report, place, sources) for place in range(1, len(report.bullets) + 1))


def sentence_of(report: Report, sentence: int) -> str:
    """The sentence of a report that an origin names; empty where its text has no such any more."""
    if sentence == 0:
        return report.headline
    texts = all_sentences(report)
    return texts[sentence - 1] if sentence <= len(texts) else ""


def all_sentences(report: Report) -> tuple[str, ...]:
    """The sentences that an origin may name, from the first on: a file's are its bullets."""
    return report.bullets or tuple(
        sentence.text for sentence in sentences_of(report.summary, report.language)
    )
