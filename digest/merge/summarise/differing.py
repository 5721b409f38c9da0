"""Facts on which the publishers of one event differ: shown side by side, not averaged; pure.

Careful: only what is surely the same thing is compared, so most stories have none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from digest.merge.language.figures import Figure, figures_in
from digest.merge.summarise.reports import ParsedReport
from digest.model import DifferingFact, Version

MAX_FACTS = 2
# Of the terms around two figures, so many must be shared, and this part of the fewer.
_SHARED, _SHARED_PART = 3, 0.6
# `about 1,200` does not contradict 1,187, nor `more than 100` a few more.
_ROUGHLY, _AND_MORE = 0.1, 1.3
_MANY = 100


@dataclass(frozen=True, slots=True)
class _Mention:
    figure: Figure
    publisher: str
    name: str
    report_number: int


@dataclass(frozen=True, slots=True)
class Differences:
    """The facts, and the sentences that take a side in one."""

    facts: tuple[DifferingFact, ...] = ()
    phrases: frozenset[str] = frozenset()

    def takes_a_side(self, text: str) -> bool:
        """Whether a text gives one of the versions, as if there were no other."""
        return any(phrase in text for phrase in self.phrases)


def find_differences(reports: Sequence[ParsedReport]) -> Differences:
    """What the reports differ on; they come in their order of time, and a later one supersedes."""
    mentions = [
        _Mention(figure, parsed.publisher_key, parsed.publisher, number)
        for number, parsed in enumerate(reports)
        for text in (parsed.headline, *(sentence.text for sentence in parsed.sentences))
        for figure in figures_in(text, parsed.report.language)
    ]
    facts, phrases = [], set[str]()
    for of_one_thing in _by_thing(mentions):
        versions = _versions(list(_latest(of_one_thing)))
        if len(versions) > 1:
            facts.append(DifferingFact(of_one_thing[0].figure.counts, versions))
            phrases.update(mention.figure.phrase for mention in of_one_thing)
    return Differences(tuple(facts[:MAX_FACTS]), frozenset(phrases))


def _by_thing(mentions: Sequence[_Mention]) -> Iterable[list[_Mention]]:
    """What is surely of one thing: figures of one class; others where the words around agree."""
    classed: dict[str, list[_Mention]] = {}
    loose: list[list[_Mention]] = []
    for mention in mentions:
        if mention.figure.is_classed:
            classed.setdefault(mention.figure.counts, []).append(mention)
            continue
        near = (group for group in loose if any(_is_of_one_thing(m, mention) for m in group))
        group = next(near, None)
        if group is None:
            loose.append(group := [])
        group.append(mention)
    return [*classed.values(), *loose]


def _is_of_one_thing(one: _Mention, other: _Mention) -> bool:
    first, second = one.figure, other.figure
    shared = len(first.context & second.context)
    fewer = min(len(first.context), len(second.context))
    return first.counts == second.counts and shared >= max(_SHARED, _SHARED_PART * fewer)


def _latest(mentions: Sequence[_Mention]) -> Iterator[_Mention]:
    """Each publisher's last word, in its shortest phrase; none of one that gives two at once."""
    for publisher in dict.fromkeys(mention.publisher for mention in mentions):
        own = [mention for mention in mentions if mention.publisher == publisher]
        last = [mention for mention in own if mention.report_number == own[-1].report_number]
        if all(agree(one.figure, other.figure) for one, other in pairwise(last)):
            yield min(last, key=_wordiness)


def _wordiness(mention: _Mention) -> tuple[bool, int, str]:
    """Less for a short phrase in small letters."""
    phrase = mention.figure.phrase
    return phrase.isupper(), len(phrase), phrase


def _versions(mentions: Sequence[_Mention]) -> tuple[Version, ...]:
    """The mentions by figure, in the order of the reports."""
    groups: list[list[_Mention]] = []
    for mention in sorted(mentions, key=lambda mention: mention.report_number):
        same = (g for g in groups if any(agree(m.figure, mention.figure) for m in g))
        group = next(same, None)
        if group is None:
            groups.append(group := [])
        group.append(mention)
    return tuple(
        Version(min(group, key=_wordiness).figure.phrase, tuple(mention.name for mention in group))
        for group in groups
    )


def agree(one: Figure, other: Figure) -> bool:
    """Whether both can be true: equal, or one of them rounded."""
    low, high = sorted((one, other), key=lambda figure: figure.value)
    if low.value == high.value:
        return True
    if (one.around or other.around) and high.value - low.value <= _ROUGHLY * high.value:
        return True
    if low.bound and low.value >= 10 and low.value % 10 == 0:
        return high.value <= _AND_MORE * low.value
    return _rounded(low.value, high.value) or _rounded(high.value, low.value)


def _rounded(rough: float, exact: float) -> bool:
    """`1,200` for 1,187 and `3.2 billion` for 3.24, but not 12 for 10."""
    if rough < _MANY:
        return False
    digits = max(2, len(f"{rough:.0f}".rstrip("0")))
    return float(f"{exact:.{digits - 1}e}") == rough
