"""What new reports add to a story that is sealed: the bullets of its update, no old ones; pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest.merge.language.figures import Figure, figures_in
from digest.merge.language.figurewords import LOOKS_BACK
from digest.merge.language.sentences import sentences_of
from digest.merge.language.tokens import plain, read_line
from digest.merge.summarise.bullets import choose_bullets
from digest.merge.summarise.differing import agree
from digest.merge.summarise.reports import (
    CandidateBullet,
    by_centrality,
    candidate_bullets,
    in_order,
    main_language,
    read,
    without,
)
from digest.merge.summarise.salience import Weighed, terms_of, weigh
from digest.model import Report

MAX_NEWS = 4
# The part of a sentence, by weight, that nobody had said: from NEW on it may be told; from MUCH on
# it is a reason for an update; from STRANGE on it is about something else.
NEW, MUCH, STRANGE = 0.35, 0.45, 0.95
# A report opens with what is new; below that stands what happened before.
_OPENING = 3
_LOOKS_BACK = re.compile(rf"\b(?:{LOOKS_BACK})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _SaidBefore:
    """What subscribers were told already, and all that its reports said."""

    terms: frozenset[str]
    figures: tuple[Figure, ...]
    weighed: Weighed
    language: str | None

    def new_part(self, bullet: CandidateBullet) -> float:
        """How much of a sentence is new, by weight."""
        weights = {term: self.weighed.rarity[self.weighed.columns[term]] for term in bullet.terms}
        whole = sum(weights.values())
        new = sum(weight for term, weight in weights.items() if term not in self.terms)
        return float(new / whole) if whole else 0

    def has_new_figure(self, text: str) -> bool:
        """Whether a text gives another figure for what was counted before: 20 dead after 12."""
        for figure in figures_in(text, self.language):
            before = [earlier for earlier in self.figures if earlier.counts == figure.counts]
            if figure.is_classed and before and not any(agree(past, figure) for past in before):
                return True
        return False


def news_since(before: Sequence[str], reports: Sequence[Report]) -> tuple[CandidateBullet, ...]:
    """The bullets of an update, or () where the new reports add nothing substantial.

    `before` is all that was said until then: the story's headline and bullets, and the texts of
    its reports, in any order.
    """
    bullets = candidate_bullets(by_centrality([read(report) for report in in_order(reports)]))
    if not bullets:
        return ()
    said = _said_before(before, bullets, main_language(reports))
    if not any(_is_substantial(said, bullet) for bullet in bullets):
        return ()
    news = without(
        bullets,
        lambda bullet: said.new_part(bullet) < NEW and not said.has_new_figure(bullet.text),
    )
    return choose_bullets(news, Counter(), limit=MAX_NEWS)


def _said_before(
    before: Sequence[str], bullets: Sequence[CandidateBullet], language: str | None
) -> _SaidBefore:
    texts = [terms_of(text) for text in before]
    figures = (
        figure
        for text in before
        for sentence in sentences_of(text, language)
        for figure in figures_in(sentence.text, language)
    )
    weighed = weigh([*texts, *(bullet.terms for bullet in bullets)])
    return _SaidBefore(frozenset().union(*texts), tuple(figures), weighed, language)


def _is_substantial(said: _SaidBefore, bullet: CandidateBullet) -> bool:
    """A new figure of what was counted, or a new name or number where a report opens."""
    if _LOOKS_BACK.search(bullet.text):
        return False
    if said.has_new_figure(bullet.text):
        return True
    particular = any(term not in said.terms for term in particulars(bullet.text))
    return bullet.place < _OPENING and particular and MUCH <= said.new_part(bullet) <= STRANGE


def particulars(text: str) -> frozenset[str]:
    """The terms of a text's names and numbers; what merely begins it is not taken for a name."""
    line = read_line(plain(text))
    return frozenset(
        word.term
        for at, word in enumerate(line.words)
        if word.term and (word.is_number or (at and word.capital and not line.title_case))
    )
