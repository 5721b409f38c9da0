"""Whether a sentence that a machine wrote is one of the reports', at most shortened; pure.

Nothing is looked for that would be wrong: no list of opposites, of hedges or of verbs of speech is
ever whole. What is allowed is named instead. Every word, number and mark of the sentence must stand
in one sentence of one report, in the same form and order; articles, and how a number is
spelt, make no difference. What may be left out, or change places with its speaker, is a few pieces
that bear no claim of their own (digest.merge.summarise.shortening). So another verb, subject,
figure, time, cause or speaker aligns with nothing, and a true paraphrase in other words does not
either: the reports' own sentences stand ready.
"""

from collections.abc import Iterator, Sequence

from digest.merge.bullet_origins import origin_of
from digest.merge.language.sentences import Sentence, sentences_of
from digest.merge.summarise.shortening import read_tokens, shortened, with_speaker_first
from digest.merge.summarise.standalone import can_stand
from digest.model import Origin, Report, SourceRef


def find_origin(
    bullet: str, reports: Sequence[Report], sources: Sequence[SourceRef] = ()
) -> Origin | None:
    """The sentence of the reports that a bullet says, in a story with these sources, or None."""
    for report in reports:
        if not can_stand(Sentence(bullet, 0, 0, alone=True), report.language):
            continue
        wanted = with_speaker_first(read_tokens(bullet, report.language))
        for place, text in _sentences(report):
            tokens = read_tokens(text, report.language)
            if any(
                with_speaker_first(variant) == wanted
                for variant in shortened(tokens, report.language)
            ):
                return origin_of(report, place, sources)
    return None


def _sentences(report: Report) -> Iterator[tuple[int, str]]:
    """All that a report says, each with its place as digest.model.Origin counts."""
    yield 0, report.headline
    yield from enumerate(report.bullets, start=1)
    for sentence in sentences_of(report.summary, report.language):
        yield sentence.place + 1, sentence.text
