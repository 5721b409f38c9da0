"""Whether a sentence that a machine wrote says only what the reports say; pure.

Lexical, and careful: a true sentence may be turned down, since the reports' own sentences stand
ready.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise

from digest.merge.language import figurewords as words
from digest.merge.language.figures import Figure, figures_in
from digest.merge.language.quotes import quoted_spans
from digest.merge.language.sentences import Sentence, sentences_of, split_paragraph
from digest.merge.language.tokens import Line, Word, plain, read_line
from digest.merge.summarise.reports import main_language
from digest.merge.summarise.standalone import can_stand
from digest.model import Report

# Of the words that are neither names nor numbers, so many must be the reports' own ...
MOST = 0.75
# ... and of all, this part must stand in two neighbouring sentences: no fact is put together from
# two ends of a text.
TOGETHER = 0.5
_TURNING = {"negation", "denial"}
_LACKING = frozenset(
    [
        "without",
        "ohne",
        "sans",
        "sin",
        "senza",
        "sem",
        "zonder",
        "kein",
        "keine",
        "keinen",
        "keiner",
    ]
)


def is_supported(bullet: str, reports: Sequence[Report]) -> bool:
    """Whether a bullet's figures, names and quotations, and most of its words, are the reports'.

    What it counts must be counted so there (`12 dead`, not `12 injured`), and it must deny what
    they deny and nothing else.
    """
    language = main_language(reports)
    ground = _ground(reports, language)
    line = read_line(plain(bullet))
    return (
        can_stand(Sentence(bullet, 0, 0, alone=True), language)
        and ground.has_particulars(line)
        and ground.part(line, ground.terms) >= MOST
        and _quotes_are_theirs(bullet, ground.passages)
        and _figures_are_theirs(bullet, ground.passages, language)
        and ground.has_it_together(line)
        and ground.is_on_its_side(line)
    )


@dataclass(frozen=True)
class _Ground:
    """What the reports say: their sentences, so many, and then each with the one before it."""

    passages: tuple[str, ...]
    sentences: int
    numerals: Mapping[str, int]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The passages as words."""
        return tuple(read_line(plain(passage)) for passage in self.passages)

    @cached_property
    def terms(self) -> frozenset[str]:
        """All terms."""
        return frozenset(self.term(word) for line in self.lines for word in line.words)

    def term(self, word: Word) -> str:
        """The term of a word, with one for `three` and 3."""
        number = self.numerals.get(word.text.casefold())
        return str(number) if number else word.term

    def part(self, line: Line, terms: AbstractSet[str]) -> float:
        """How much of a line, without its stopwords, is in `terms`."""
        own = [self.term(word) for word in line.words if word.term]
        return sum(term in terms for term in own) / len(own) if own else 0

    def has_particulars(self, line: Line) -> bool:
        """Whether each number is theirs, and each word with a capital, which may be a name."""
        particular = (
            word for word in line.words if word.term and (word.capital or self._is_number(word))
        )
        return all(self.term(word) in self.terms for word in particular)

    def has_it_together(self, line: Line) -> bool:
        """Whether one passage has most of it, with all its numbers."""
        numbers = {self.term(word) for word in line.words if self._is_number(word)}
        for passage in self.lines:
            terms = {self.term(word) for word in passage.words}
            if numbers <= terms and self.part(line, terms) >= TOGETHER:
                return True
        return False

    def is_on_its_side(self, line: Line) -> bool:
        """Whether the sentence that is most like it denies something if and only if it does."""
        shares = [
            (self.part(line, {self.term(word) for word in sentence.words}), _turns(sentence))
            for sentence in self.lines[: self.sentences]
        ]
        most = max((share for share, _ in shares), default=0)
        return any(share == most and turns == _turns(line) for share, turns in shares)

    def _is_number(self, word: Word) -> bool:
        return word.is_number or word.text.casefold() in self.numerals


def _ground(reports: Sequence[Report], language: str | None) -> _Ground:
    texts = [
        [sentence.text for sentence in sentences_of(report.summary, report.language)]
        for report in reports
    ]
    alone = [text for report in reports for text in (report.headline, *report.bullets)]
    alone += chain.from_iterable(texts)
    pairs = (f"{before} {after}" for text in texts for before, after in pairwise(text))
    numerals = words.NUMERALS.get(language or "en", {})
    return _Ground((*alone, *pairs), len(alone), numerals)


def _turns(line: Line) -> bool:
    return any(word.classes & _TURNING or word.folded in _LACKING for word in line.words)


def _quotes_are_theirs(bullet: str, passages: Sequence[str]) -> bool:
    """A quotation is somebody's words: they are taken as they are, or not at all."""
    inner = (bullet[span.start + 1 : span.end - 1] for span in quoted_spans(bullet))
    whole = "\n".join(map(_flat, passages))
    return all(_flat(text).rstrip(".,!?") in whole for text in inner)


def _flat(text: str) -> str:
    return " ".join(plain(text).split())


def _figures_are_theirs(bullet: str, passages: Sequence[str], language: str | None) -> bool:
    theirs = {
        _counted(figure)
        for passage in passages
        for sentence in split_paragraph(passage, language)
        for figure in figures_in(sentence, language)
    }
    own = (figure for figure in figures_in(bullet, language) if figure.is_classed)
    return all(_counted(figure) in theirs for figure in own)


def _counted(figure: Figure) -> tuple[str, float]:
    return figure.counts.partition(" ")[0], figure.value
