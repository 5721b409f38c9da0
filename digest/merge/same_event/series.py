"""Whether two headlines of one source are two parts of a series; pure.

`Lecture 132: Rings` and `Lecture 133: Fields`, `Daily briefing, October 9` and `October 10`.
"""

from digest.merge.language.commonwords import LISTING
from digest.merge.language.tokens import plain, stem
from digest.merge.same_event.facts import NAME, Facts

_DATES = """
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag
    freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes
    miércoles jueves viernes sábado domingo january february march april may june july august
    september october november december januar februar märz mai juni juli oktober dezember janvier
    février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo
    abril mayo junio julio agosto septiembre octubre noviembre diciembre"""
_LISTING_TERMS = frozenset(stem(plain(word)) for word in LISTING)
_DATE_TERMS = frozenset(
    term for word in _DATES.split() for term in (stem(plain(word)), plain(word))
)


def is_series(left: Facts, right: Facts) -> bool:
    """Whether the headlines are one title with another number or date at its end.

    A text of its own may follow the number. `Fire kills 12 in Lima` and `Fire kills 15 in Lima`
    are no series: what follows is the same.
    """
    mine, theirs = _words(left), _words(right)
    common = next(
        (at for at, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), -1
    )
    if common < 0 or not (_counts(mine[common]) and _counts(theirs[common])):
        return False
    own_rest, other_rest = (
        [word for word in words[common + 1 :] if not _counts(word)] for words in (mine, theirs)
    )
    if common == 0:
        return own_rest == other_rest != []
    if not _LISTING_TERMS.isdisjoint(mine[:common]):
        return True
    return not (own_rest and own_rest == other_rest)


def _words(facts: Facts) -> list[str]:
    return [term.removeprefix(NAME) for term in facts.line]


def _counts(word: str) -> bool:
    """A number, a month or a day of the week."""
    return word[:1].isdigit() or word in _DATE_TERMS
