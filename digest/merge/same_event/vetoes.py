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
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = " / ".join(", ".join(terms) for terms in (self.left, self.right) if terms)
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


def contradiction(left: Side, right: Side) -> Reason | None:
    """Why the two are of different events, or None."""
    if left.states_nothing and right.states_nothing:
        return _other_names(left, right)
    mine, theirs = left.facts, right.facts
    return (
        _magnitudes(mine.magnitudes, theirs.magnitudes)
        or _disjoint("score", mine.scores, theirs.scores)
        or _disjoint("period", mine.periods, theirs.periods)
        or (next(_each_label(left.series, right.series), None) if left.series else None)
        or _stances(mine, theirs)
        or _negation(left, right)
        or _other_names(left, right)
    )


def doubts(left: Side, right: Side) -> list[Doubt]:
    """What speaks against one event without ruling it out."""
    pair_doubts = []
    # Most that have names share one: asked first, since it is asked of every pair.
    if (
        left.names
        and right.names
        and left.names.isdisjoint(right.all_words)
        and right.names.isdisjoint(left.all_words)
        and not _share(left.names, right.all_words)
        and not _share(right.names, left.all_words)
    ):
        reason = Reason("different names:", left.facts.names, right.facts.names)
        pair_doubts.append(Doubt(reason, OTHER_NAMES))
    if left.amounts and right.amounts:
        labels = _each_label(left.amounts, right.amounts)
        pair_doubts += [Doubt(reason, OTHER_AMOUNT) for reason in labels]
    return pair_doubts


def _magnitudes(left: tuple[str, ...], right: tuple[str, ...]) -> Reason | None:
    if not (left and right):
        return None
    if min(abs(float(a) - float(b)) for a in left for b in right) <= MAGNITUDE_TOLERANCE:
        return None
    return Reason("different numbers: magnitude", left, right)


def _each_label(
    left: dict[str, tuple[str, ...]], right: dict[str, tuple[str, ...]]
) -> Iterator[Reason]:
    for label, numbers in left.items():
        if reason := _disjoint(label, numbers, right.get(label, ())):
            yield reason


def _stances(left: Facts, right: Facts) -> Reason | None:
    if left.stances == right.stances:
        return None
    for stance in _ONE_SIDED:
        # "Will not resign" denies as "denies that she resigns" does.
        if stance == "denial" and (left.negated or right.negated):
            continue
        if (stance in left.stances) != (stance in right.stances):
            return Reason(f"only one is a {stance}")
    for stance in left.stances:
        opposite = stance[:-1] + {"+": "-", "-": "+"}.get(stance[-1], "")
        if opposite != stance and opposite in right.stances:
            return Reason(f"opposite outcome: {stance[:-1]}")
    return None


def _negation(left: Side, right: Side) -> Reason | None:
    """`Marsh to resign` / `Marsh will not resign`."""
    if left.negated == right.negated:
        return None
    negated, plain = (left, right) if left.negated else (right, left)
    word = next((word for word in negated.facts.negated if word in plain.all_words), "")
    return Reason("negation:", (word,)) if word else None


def _other_names(left: Side, right: Side) -> Reason | None:
    """`Hurricane Odette hits Florida` / `Hurricane Pascal hits Texas`: names in the same place."""
    enough = max(2, min(left.sentence, right.sentence))
    if len(left.terms & right.terms) < enough:
        return None
    if left.line_names <= right.all_words or right.line_names <= left.all_words:
        return None
    for mine, theirs in _slots(left, right, enough):
        first, second = _named(mine), _named(theirs)
        if (
            first
            and second
            and _place_of_name(mine) == _place_of_name(theirs)
            and max(len(mine), len(theirs)) <= LONGEST_SLOT
            and not _share(first, right.all_words)
            and not _share(second, left.all_words)
        ):
            return Reason("different names:", first, second)
    return None


def _slots(left: Side, right: Side, enough: float) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What stands between the words that both have in one order; nothing where those are few."""
    mine, theirs = left.facts.line, right.facts.line
    slots, same, begin, at = [], 0, 0, 0
    for here, term in enumerate(mine):
        there = right.places.get(term, -1)
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


def _disjoint(kind: str, left: tuple[str, ...], right: tuple[str, ...]) -> Reason | None:
    if not left or not right or not set(left).isdisjoint(right):
        return None
    return Reason(f"different numbers: {kind}", left, right)
