"""Why two reports are not of one event, or likely not, whatever words they share; pure.

A contradiction keeps two stories apart; a doubt lowers the chance of the two reports alone, for
reports of one event do choose other names and give other figures.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from digest.merge.same_event.facts import NAME, Facts

# Agencies differ by some tenths on one quake, and correct themselves.
MAGNITUDE_TOLERANCE = 0.35
# The same sentence of other names: so much of the shorter headline stands in both, in its order.
SAME_SENTENCE = 0.5
LONGEST_SLOT = 5
SHORTENED = 3
# What doubts take from the log-odds.
OTHER_NAMES, OTHER_AMOUNT = 3.0, 2.0
_ONE_SIDED = ("denial", "retraction", "correction")


# Tuples, not dataclasses: of many reports alike hundreds of thousands are made.


class Reason(NamedTuple):
    """What speaks against one event: a kind, and what each of the two says, as terms or figures."""

    kind: str
    one: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = " / ".join(", ".join(terms) for terms in (self.one, self.other) if terms)
        return f"{self.kind} {words}".rstrip()


class Doubt(NamedTuple):
    """A reason, and what it takes from the log-odds."""

    reason: Reason
    less: float


class Side:
    """One report's facts, laid out for being asked again and again."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        line = facts.line
        self.negated = bool(facts.negated)
        self.names = frozenset(facts.names)
        self.line_names = frozenset(_named(line))
        self.all_words = self.names.union([term.removeprefix(NAME) for term in line])
        self.places = dict(zip(reversed(line), range(len(line) - 1, -1, -1), strict=True))
        self.terms = frozenset(line)
        self.sentence = SAME_SENTENCE * len(line)
        self.series = _by_label(facts.series) if facts.series else {}
        self.amounts = _by_label(facts.amounts) if facts.amounts else {}
        # Most reports state nothing but words and names.
        self.states_nothing = not (
            facts.magnitudes
            or facts.scores
            or facts.periods
            or facts.series
            or facts.stances
            or facts.negated
        )


def contradiction(one: Side, other: Side) -> Reason | None:
    """Why the two are of different events, or None."""
    if one.states_nothing and other.states_nothing:
        return _other_names(one, other)
    mine, theirs = one.facts, other.facts
    return (
        _magnitudes(mine.magnitudes, theirs.magnitudes)
        or _disjoint("score", mine.scores, theirs.scores)
        or _disjoint("period", mine.periods, theirs.periods)
        or (next(_each_label(one.series, other.series), None) if one.series else None)
        or _stances(mine, theirs)
        or _negation(one, other)
        or _other_names(one, other)
    )


def doubts(one: Side, other: Side) -> list[Doubt]:
    """What speaks against one event without ruling it out."""
    pair_doubts = []
    # Most that have names share one: asked first, since it is asked of every pair.
    if (
        one.names
        and other.names
        and one.names.isdisjoint(other.all_words)
        and other.names.isdisjoint(one.all_words)
        and not _share(one.names, other.all_words)
        and not _share(other.names, one.all_words)
    ):
        reason = Reason("different names:", one.facts.names, other.facts.names)
        pair_doubts.append(Doubt(reason, OTHER_NAMES))
    if one.amounts and other.amounts:
        labels = _each_label(one.amounts, other.amounts)
        pair_doubts += [Doubt(reason, OTHER_AMOUNT) for reason in labels]
    return pair_doubts


def _magnitudes(one: tuple[str, ...], other: tuple[str, ...]) -> Reason | None:
    if not (one and other):
        return None
    if min(abs(float(a) - float(b)) for a in one for b in other) <= MAGNITUDE_TOLERANCE:
        return None
    return Reason("different numbers: magnitude", one, other)


def _each_label(
    one: dict[str, tuple[str, ...]], other: dict[str, tuple[str, ...]]
) -> Iterator[Reason]:
    for label, numbers in one.items():
        if reason := _disjoint(label, numbers, other.get(label, ())):
            yield reason


def _stances(one: Facts, other: Facts) -> Reason | None:
    if one.stances == other.stances:
        return None
    for stance in _ONE_SIDED:
        # "Will not resign" denies as "denies that she resigns" does.
        if stance == "denial" and (one.negated or other.negated):
            continue
        if (stance in one.stances) != (stance in other.stances):
            return Reason(f"only one is a {stance}")
    for stance in one.stances:
        opposite = stance[:-1] + {"+": "-", "-": "+"}.get(stance[-1], "")
        if opposite != stance and opposite in other.stances:
            return Reason(f"opposite outcome: {stance[:-1]}")
    return None


def _negation(one: Side, other: Side) -> Reason | None:
    """`Marsh to resign` / `Marsh will not resign`."""
    if one.negated == other.negated:
        return None
    negated, plain = (one, other) if one.negated else (other, one)
    word = next((word for word in negated.facts.negated if word in plain.all_words), "")
    return Reason("negation:", (word,)) if word else None


def _other_names(one: Side, other: Side) -> Reason | None:
    """`Hurricane Odette hits Florida` / `Hurricane Pascal hits Texas`: names in the same place."""
    enough = max(2, min(one.sentence, other.sentence))
    if len(one.terms & other.terms) < enough:
        return None
    if one.line_names <= other.all_words or other.line_names <= one.all_words:
        return None
    for mine, theirs in _slots(one, other, enough):
        first, second = _named(mine), _named(theirs)
        if (
            first
            and second
            and _place_of_name(mine) == _place_of_name(theirs)
            and max(len(mine), len(theirs)) <= LONGEST_SLOT
            and not _share(first, other.all_words)
            and not _share(second, one.all_words)
        ):
            return Reason("different names:", first, second)
    return None


def _slots(one: Side, other: Side, enough: float) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What stands between the words that both have in one order; nothing where those are few."""
    mine, theirs = one.facts.line, other.facts.line
    slots, same, begin, at = [], 0, 0, 0
    for here, term in enumerate(mine):
        there = other.places.get(term, -1)
        if there >= at:
            if begin < here and at < there:
                slots.append((mine[begin:here], theirs[at:there]))
            begin, at, same = here + 1, there + 1, same + 1
    if begin < len(mine) and at < len(theirs):
        slots.append((mine[begin:], theirs[at:]))
    return slots if same >= enough else []


def _place_of_name(terms: tuple[str, ...]) -> int:
    return next(place for place, term in enumerate(terms) if term.startswith(NAME))


def _named(terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([term[1:] for term in terms if term[:1] == NAME])


def _share(names: Collection[str], words: frozenset[str]) -> bool:
    """Whether a name is among the words, also shortened: `Fed`, `Federal`."""
    if not words.isdisjoint(names):
        return True
    return any(
        a.startswith(b) or b.startswith(a)
        for a in names
        if len(a) >= SHORTENED
        for b in words
        if len(b) >= SHORTENED
    )


def _by_label(labelled: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    numbers: dict[str, tuple[str, ...]] = {}
    for term in labelled:
        label, _, number = term.rpartition(" ")
        numbers[label] = (*numbers.get(label, ()), number)
    return numbers


def _disjoint(kind: str, one: tuple[str, ...], other: tuple[str, ...]) -> Reason | None:
    if not one or not other or not set(one).isdisjoint(other):
        return None
    return Reason(f"different numbers: {kind}", one, other)
