"""What a report says that another of the same event does not contradict; pure.

Its figures by kind, its names, what it negates, and the side it takes where there are two.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice, pairwise

from digest.merge.language import lexicon
from digest.merge.language.commonwords import MATTERS
from digest.merge.language.tokens import Line, classes_of, fold, plain, stem

_DIGIT = re.compile(r"\d")
_SCORE = re.compile(r"(?<![\d.,:/$€£-])(\d{1,3})[-\u2013:比](\d{1,3})(?![\d/:%-]|[.,]\d)")
_MAGNITUDE = re.compile(
    r"(?<![\d.,])([2-9][.,]\d)(?![\d%]|\s*(?:%|km|m\b|bn|billion|million|meter))"
)
_PERIOD = re.compile(r"\b(?:Q([1-4])|([1-4])Q|H([12]))\b")
_MODEL = re.compile(r"([^\W\d_]+)(\d{1,4})")
_VERSION = re.compile(r"\b([^\W\d_]+)[ -](\d{1,2}\.\d{1,2}(?:\.\d+)?)(?![\d,]|\s*%)")
_AMOUNT = re.compile(
    r"(?P<money>[$€£¥])\s?(\d[\d,.]{0,30})"
    r"|(\d[\d,.]{0,30})\s?(?:(?P<percent>%|per ?cent|prozent|por ciento|pour cent)"
    r"|(?P<age>-year-old|-jährige)"
    r"|(?P<people>(?:people|patients|participants|adults|volunteers|children|women|men)\b))",
    re.IGNORECASE,
)
NAME = "^"
# A probe, a typhoon, a train: `嫦娥八号`, `台風10号`; after a month it is a day.
_NUMBERED = re.compile(
    r"(?<![\d月一二三四五六七八九十])(\d{1,4}|[一二三四五六七八九十]{1,3})[号號]"
)
_HAN_DIGITS = "一二三四五六七八九"
# A headline's first word has its capital from there: of these it makes no name.
_NO_NAMES = frozenset(stem(plain(word)) for word in MATTERS)
_OTHER_SIDE = str.maketrans("+-", "-+")


@dataclass(frozen=True, slots=True)
class Facts:
    """All by the terms of `tokens.py`.

    `line` is the headline in its order, with NAME before what is a name by its capital.
    `series` holds what is numbered in a row (`stage 16`), `amounts` figures with their unit
    (`percent 2.1`), `stances` the lexicon's classes (`denial`, `verdict+`), `negated` what a `not`
    turns round.
    """

    line: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    magnitudes: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    stances: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, tuple[str, ...]]:
        """The fields that hold something."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}


def find_facts(headline: Line, summary: Line) -> Facts:
    """The facts of a headline and a summary.

    What a report denies and which side it takes is read from its headline.
    """
    figures: dict[str, tuple[str, ...]] = {}
    if _DIGIT.search(headline.text) or _DIGIT.search(summary.text):
        figures = _figures(headline, summary, quake="quake" in headline.classes | summary.classes)
    return Facts(
        line=_line(headline),
        names=_sorted([*_names(headline), *_names(summary)]),
        series=_sorted(
            [
                *_series(headline),
                *_series(summary),
                *figures.pop("numbered", ()),
                *_numbered(f"{headline.text} \n {summary.text}"),
            ]
        ),
        periods=_sorted(_periods(headline)) or _sorted(_periods(summary)),
        stances=_sorted(_stances(headline)),
        negated=_sorted(_negated(headline)) if "negation" in headline.classes else (),
        **figures,
    )


def _figures(headline: Line, summary: Line, *, quake: bool) -> dict[str, tuple[str, ...]]:
    both = f"{headline.text} \n {summary.text}"
    return {
        "numbered": _sorted([*_models(headline), *_models(summary), *_versions(both)]),
        "scores": _sorted(_scores(headline.text)) or _sorted(_scores(summary.text)),
        "magnitudes": _sorted(size.replace(",", ".") for size in _MAGNITUDE.findall(both))
        if quake
        else (),
        "amounts": _sorted(_amounts(both)),
    }


def _sorted(terms: Iterable[str]) -> tuple[str, ...]:
    distinct = set(terms)
    return tuple(sorted(distinct)) if distinct else ()


def _line(line: Line) -> tuple[str, ...]:
    if line.title_case:
        return tuple([word.term or word.folded for word in line.words])
    return tuple(
        [
            NAME + word.term
            if word.capital and word.term and (place or word.term not in _NO_NAMES)
            else word.term or word.folded
            for place, word in enumerate(line.words)
        ]
    )


def _names(line: Line) -> Iterator[str]:
    """The words with a capital inside a sentence."""
    if line.title_case:
        return
    for word, begin in zip(line.words, line.begins, strict=True):
        if word.capital and word.term:
            before = line.text[max(0, begin - 4) : begin].rstrip(" \"'\u201c\u2018«„(")
            if before and before[-1] not in ".!?:":
                yield word.term


def _series(line: Line) -> Iterator[str]:
    """`stage 16`, `second leg`."""
    if line.classes.isdisjoint({"series", "ordinal"}):
        return
    for left, right in pairwise(line.words):
        digits = right.is_number and right.text.isascii() and right.text.isdigit()
        number = int(right.text) if digits else lexicon.NUMERALS.get(right.folded)
        if "series" in left.classes and number is not None:
            yield f"{left.folded} {number}"
        elif left.folded in lexicon.ORDINALS and not (right.is_number or "period" in right.classes):
            yield f"{right.folded} {lexicon.ORDINALS[left.folded]}"


def _numbered(text: str) -> Iterator[str]:
    if "号" not in text and "號" not in text:
        return
    for match in _NUMBERED.finditer(text):
        number = match[1]
        if not number.isdecimal():
            tens, ten, ones = number.rpartition("十")
            tens = str(_HAN_DIGITS.find(tens) + 1 if tens else 1) if ten else ""
            number = tens + str(_HAN_DIGITS.find(ones) + 1)
        yield f"号 {number}"


def _models(line: Line) -> Iterator[str]:
    """`X12`, `H5`; a quarter's Q2 is none."""
    for word in line.words:
        if not word.is_number and word.text[-1].isdigit() and not _PERIOD.fullmatch(word.text):
            model = _MODEL.fullmatch(word.text)
            if model:
                yield f"{fold(model[1])} {model[2]}"


def _versions(text: str) -> Iterator[str]:
    for match in _VERSION.finditer(text):
        folded = fold(match[1])
        if match[1].casefold() != match[1] and "quake" not in classes_of(folded):
            yield f"{folded} {match[2]}"


def _scores(text: str) -> Iterator[str]:
    """Results of matches and votes, the greater first: whose team stands first is style."""
    for match in _SCORE.finditer(text):
        high, low = sorted((int(match[1]), int(match[2])), reverse=True)
        if ":" not in match[0] or high < 10:
            yield f"{high}-{low}"


def _amounts(text: str) -> Iterator[str]:
    for match in _AMOUNT.finditer(text):
        unit = "money" if match["money"] else match.lastgroup
        number = (match[2] or match[3]).rstrip(".,")
        yield f"{unit} {number.replace(',', '.')}"


def _periods(line: Line) -> Iterator[str]:
    """The quarters of which results are told; a forecast tells of another."""
    if "forecast" in line.classes:
        return
    for match in _PERIOD.finditer(line.text):
        yield f"H{match[3]}" if match[3] else f"Q{match[1] or match[2]}"
    for left, right in pairwise(line.words if "period" in line.classes else ()):
        if "period" in right.classes and lexicon.ORDINALS.get(left.folded, 9) <= 4:
            yield f"{'H' if right.folded[0] == 'h' else 'Q'}{lexicon.ORDINALS[left.folded]}"


def _stances(line: Line) -> Iterator[str]:
    """The sides that a line takes; what a negation stands before, the other: `not guilty`."""
    classes: set[str] = set(line.classes)
    if "negation" in classes:
        classes.clear()
        negated = False
        for word in line.words:
            classes.update(
                name.translate(_OTHER_SIDE) if negated else name for name in word.classes
            )
            negated = "negation" in word.classes
    if "withdrawal" in classes and "paper" in classes:
        yield "retraction"
    yield from classes & {"denial", "retraction", "correction"}
    for name in lexicon.OPPOSITES if classes else ():
        sides = classes & {f"{name}+", f"{name}-"}
        if len(sides) == 1:
            yield from sides


def _negated(line: Line) -> Iterator[str]:
    """The word that a `not` turns round: `is not safe`, `will not be delayed`; no name."""
    for at, word in enumerate(line.words):
        if "negation" in word.classes:
            after = (w for w in line.words[at + 1 : at + 3] if w.folded not in lexicon.AUXILIARY)
            for turned in islice(after, 1):
                is_name = turned.capital and not line.title_case
                if turned.term and not (turned.is_number or is_name):
                    yield turned.term
