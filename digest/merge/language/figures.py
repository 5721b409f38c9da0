"""Figures with what they count, as a text has them: `at least 15 people were killed`; pure.

Two kinds: those of a few classes (dead, injured, ...), told in many ways; and any number with its
unit (`1,200 hectares`), which only the words around it can tell from another. A sentence that looks
back (`in 2019`, `last year`) gives none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from digest.merge.language import figurewords as words
from digest.merge.language.tokens import number_term, plain, read_line, stem

# With `at least`, and not `3.` for the third, `12-year-old`, 4:12 or a part of 1.2.3.
_NUMBER = (
    rf"(?:\b(?:(?P<least>{words.AT_LEAST})|(?P<about>{words.ABOUT}))\s+)?"
    r"(?:(?<![\w.,:/-])(?P<money>[$€£¥]\s?)?"
    r"(?P<digits>\d{1,3}(?:[,.'\u2019\u00a0\u202f ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
    r"(?!\d|[-:/.,]\d|\.\s|-year|-jähr|(?:st|nd|rd|th)\b)|\b(?P<word>NUMERALS)\b)"
    r"(?P<unit>\s?%|\s(?:percent|per cent|Prozent|por ciento|pour cent|per cento)\b)?"
)
_CLASSES = {
    name: re.compile(rf"\b(?:{'|'.join(listed.replace('_', ' ').split(chr(10)))})\b", re.IGNORECASE)
    for name, listed in ((n, re.sub(r"\s+", "|", w.strip())) for n, w in words.CLASSES.items())
}
_UNSPACED = re.compile(
    "|".join(
        rf"(?:(?<!\d)(?P<{name}_a>\d+)(?:人|名)(?:が|の)?"
        rf"(?:{(alternatives := '|'.join(listed.split()))})"
        rf"|(?:{alternatives})(?:者)?(?:は|数)?(?P<{name}_b>\d+)(?:人|名))"
        for name, listed in words.UNSPACED_CLASSES.items()
    )
)
_PARTS = re.compile(
    r"[,;:](?=\s)|[\u2013\u2014()、，；]"
    r"|\s(?:and|und|et|y|e|ed|en|och|og|и|while|whereas|während|mientras|including)\s",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:from|von|de|da)\s+\d[\d,.]*\s+(?=(?:to|auf|à|a)\s)", re.IGNORECASE)
_LOOKS_BACK = re.compile(rf"\b(?:{words.LOOKS_BACK})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
# `Three of the dead were children`.
_PART_OF = re.compile(r"\s*(?:of (?:the|them|those)|der|des|de los|de las|dei)\b", re.IGNORECASE)
_FAR = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of what `counts` says (`dead`, `dead soldie`, `hectar`), in the text's own `phrase`.

    `bound` is true for `at least`, `around` for `about`; `context` are the sentence's other
    terms, of which those of a class need none.
    """

    counts: str
    value: float
    phrase: str
    bound: bool = False
    around: bool = False
    context: frozenset[str] = frozenset()

    @property
    def is_classed(self) -> bool:
        """Whether it is of a class, and so to be compared with any other of it."""
        return self.counts.partition(" ")[0] in words.CLASSES


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a text, from its `at least` to its unit, and the word that follows."""

    start: int
    end: int
    value: float
    unit: str
    bound: bool
    around: bool
    spelt: bool
    after: re.Match[str] | None

    @property
    def noun(self) -> str:
        """Who or what is counted, as a term; empty for `people`, and for small words."""
        return _noun(self.after[0]) if self.after else ""


def figures_in(sentence: str, language: str | None = None) -> tuple[Figure, ...]:
    """The figures of a sentence or headline; those with a unit where there are none of a class."""
    language = language or "en"
    if not (any(map(str.isdigit, sentence)) or _form(language).search(sentence)):
        return ()
    if _LOOKS_BACK.search(sentence):
        return ()
    classed: list[Figure] = []
    for part in _PARTS.split(sentence):
        # Of `from 12 to 15` the second counts.
        numbers = list(_numbers(_FROM.sub(lambda match: " " * len(match[0]), part), language))
        classes = [(name, word) for name, form in _CLASSES.items() if (word := form.search(part))]
        if len(numbers) == len(classes) == 1:  # anything more is in doubt
            classed += _of_class(part, numbers[0], *classes[0])
    for match in _UNSPACED.finditer(sentence):
        name = str(match.lastgroup)
        classed.append(Figure(name[:-2], float(match[name]), match[0]))
    return tuple(classed) or tuple(_with_units(sentence, language))


@cache
def _form(language: str) -> re.Pattern[str]:
    """A number in digits, or in the words of one language: `once` is eleven in another."""
    numerals = sorted(words.NUMERALS.get(language, {}), key=len, reverse=True)
    return re.compile(_NUMBER.replace("NUMERALS", "|".join(numerals) or "(?!)"), re.IGNORECASE)


def _numbers(text: str, language: str) -> Iterator[_Number]:
    """The numbers of a text but for those of time and age."""
    for match in _form(language).finditer(text):
        end = match.end()
        after = _next_word(text, end)
        if after and after[0].casefold() in words.TIMES:
            continue
        value = float(
            words.NUMERALS[language][match["word"].casefold()]
            if match["word"]
            else number_term(match["digits"])
        )
        if after and (times := words.MULTIPLIERS.get(after[0].casefold())):
            value, end = value * times, after.end()
            after = _next_word(text, end)
        yield _Number(
            start=match.start(),
            end=end,
            value=value,
            unit="%" if match["unit"] else (match["money"] or "").strip(),
            bound=bool(match["least"]),
            around=bool(match["about"]),
            spelt=bool(match["word"]),
            after=after,
        )


def _next_word(text: str, at: int) -> re.Match[str] | None:
    """The word behind a number: `3 billion`, `3bn`."""
    return _WORD.match(text, at + text[at : at + 1].isspace())


def _noun(word: str) -> str:
    folded = word.casefold()
    return "" if folded in words.PEOPLE or folded in words.NEUTRAL else stem(plain(word))


def _of_class(part: str, number: _Number, name: str, word: re.Match[str]) -> Iterator[Figure]:
    """The figure of a part of a sentence with one number and one class, if they belong together."""
    before = number.end <= word.start()
    between = part[number.end : word.start()] if before else part[word.end() : number.start]
    if number.unit or len(between.split()) > _FAR or _PART_OF.match(part, number.end):
        return
    counted, end = "", max(number.end, word.end())
    if name != "magnitude" and number.after and not _CLASSES[name].match(number.after[0]):
        counted = number.noun
        other_nouns = {_noun(word) for word in _WORD.findall(between)} - {"", counted}
        if before and other_nouns:
            return
        if counted or number.after[0].casefold() in words.PEOPLE:
            end = max(end, number.after.end())
    phrase = part[min(number.start, word.start()) : end].strip()
    counts = f"{name} {counted}".strip()
    yield Figure(counts, number.value, phrase, bound=number.bound, around=number.around)


def _with_units(sentence: str, language: str) -> Iterator[Figure]:
    """`$3.2 billion`, `4.5 percent`, `1,200 hectares`: each unit that the sentence has once."""
    context = {word.term for word in read_line(plain(sentence)).words if not word.is_number} - {""}
    numbers: list[tuple[str, _Number]] = []
    for number in _numbers(sentence, language):
        counts = "" if number.spelt else number.unit
        if not (number.unit or number.spelt) and number.after:
            # A noun has a capital in German alone.
            is_noun = number.after[0][0].islower() or language == "de"
            counts = number.noun if is_noun else ""
        if counts:
            numbers.append((counts, number))
    units = Counter(counts for counts, _ in numbers)
    for counts, number in numbers:
        if units[counts] > 1:
            continue
        end = number.after.end() if number.after and not number.unit else number.end
        phrase = sentence[number.start : end].strip()
        own = {word.term for word in read_line(plain(phrase)).words}
        around = frozenset(context - own)
        yield Figure(
            counts, number.value, phrase, bound=number.bound, around=number.around, context=around
        )
