"""A sentence as tokens, and what it says still when some of it is left out; pure.

The lists are of what may be left out, so that what is missing in them costs a sentence, and never
lets one pass. They are English; of another language a sentence is taken whole.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import product

from digest.merge.language.figurewords import NUMERALS
from digest.merge.language.tokens import classes_of, fold, number_term

Tokens = tuple[str, ...]

# A number, a word with what is within it, or one sign.
_TOKEN = re.compile(
    r"\d{1,3}(?:[,' ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,:]\d+)*"
    r"|[^\W\d_]+(?:['.&-][^\W\d_]+)*|[^\s]"
)
_QUOTES = re.compile("[\u201c\u201d\u201e«»\uff02\u2039\u203a]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201a]")
_DASHES = re.compile("[\u2012-\u2015\u2212]")
_PER_CENT = re.compile(r"\bper ?cent\b|%")
# It belongs to the quotation in one country's print, and to the sentence around it in another's.
_STOP_IN_QUOTES = re.compile('(?<![.,])[.,]+"')
_STOPS = ".!\u3002 "

_ARTICLES = {"a", "an", "the"}
# Before these an article is more than one: `a few` are some, `few` are hardly any.
_NEEDS_ARTICLE = {"few", "little", "third", "half", "quarter", "hundred", "thousand", "dozen"}
_LINKING = {"also", "meanwhile", "moreover", "furthermore"}
_SAYING = {"said", "says", "sagte", "sagt", "dit", "dijo", "dice", "disse", "zei"}
_THAT = {"that", "dass", "que", "che", "dat"}
# Where one of these stands, or a negation or denial, what would be left out may turn the rest.
_TURNING = {
    "if", "unless", "until", "till", "would", "could", "may", "might", "must", "should", "can",
    "shall", "will", "likely", "unlikely", "possibly", "perhaps", "probably", "allegedly",
    "reportedly", "apparently", "only", "just", "hardly", "scarcely", "barely", "rarely", "seldom",
    "almost", "nearly", "without", "except", "but", "though", "although", "despite", "unclear",
    "whether", "neither", "nor", "none", "nobody", "nothing", "few", "little", "every", "all",
    "always", "or", "instead", "than", "false", "wrong", "untrue", "fake", "supposedly",
}  # fmt: skip
# Of a tail with one of these somebody else may vouch for the whole: `..., his lawyer claimed`.
_VOUCHING = re.compile(
    r"accord|alleg|argu|assert|believ|claim|contend|declar|estimat|expect|insist|maintain|report|said"
    r"|say|source|suggest|suspect|tell|think|thought|told|warn|word|writ|wrote"
)
_RELATIVES = {"which", "who", "whose", "where"}
_TAILS = _RELATIVES | {"while", "and", "making", "bringing", "including"}
_BARE_TAILS = {"after", "because"}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
# `may` is too often another word.
_MONTHS = "january february march april june july august september october november december"
_TIME_CLASSES = {
    word: kind
    for kind, listed in {
        "p": "on in",
        "e": "early earlier late",
        "q": "this last",
        "d": _WEEKDAYS,
        "m": _MONTHS,
        "u": "week month year morning afternoon evening night",
        "y": "today yesterday tonight",
        ",": ",",
    }.items()
    for word in listed.split()
}
# A time bounds what is or will be (`is closed on Monday`); what happened has happened without it.
_PAST = re.compile(
    r".{2,}ed|was|were|had|became|began|broke|brought|built|came|cut|fell|found|gave|got|grew|held|hit"
    r"|kept|led|left|lost|made|met|paid|ran|rose|said|sent|shut|sold|spent|stood|struck|swept|told|took"
    r"|went|won"
)
_PRESENT = {"is", "are", "be", "being", "has", "have"}
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_ONE_TIME = "(?:[peq]{1,3}(?:mn(?:,?Y)?|nmY?|mY|d|m)|[pe]{0,2}qu|pu|y)"
# One that opens a sentence without a comma may be its subject: `Last year was ...`.
_TIME = re.compile(rf"^{_ONE_TIME},|,{_ONE_TIME}(?:,|$)|(?<=.){_ONE_TIME}")


def read_tokens(text: str, language: str | None) -> Tokens:
    """The words, numbers and marks of a sentence, in one form for what is spelt in several.

    Without its articles, in English, and without its full stop.
    """
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", _QUOTES.sub('"', text)))
    text = _PER_CENT.sub(" %", _STOP_IN_QUOTES.sub('"', text.rstrip(_STOPS)))
    numerals = NUMERALS.get(language or "en", {})
    tokens = []
    for token in _TOKEN.findall(text):
        if token[0].isdecimal():
            tokens.append(number_term(token))
        elif token.isupper() and len(token) > 1:
            tokens.append(token)  # WHO is not who
        else:
            folded = token.casefold()
            tokens.append(str(numerals.get(folded, folded)))
    if language not in {None, "en"}:
        return tuple(tokens)
    return tuple(
        token
        for token, following in zip(tokens, [*tokens[1:], ""], strict=True)
        if token not in _ARTICLES or following in _NEEDS_ARTICLE
    )


def with_speaker_first(tokens: Tokens) -> Tokens:
    """`The dam held, its owner said` as `its owner said the dam held`; others as they are."""
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at] not in _SAYING:
            continue
        # `..., said its owner`, or `..., its owner said`, up to the end.
        behind, before = tokens[at + 1 :], tokens[:at]
        opening = at if behind else _last_mark(before)
        speaker = behind or before[opening + 1 :]
        claim = before if behind else before[: opening + 1]
        if claim and claim[-1] in {",", '"'} and speaker and _is_plain(speaker):
            return _spoken(tokens[at], speaker, claim[:-1] if claim[-1] == "," else claim)
    for at, word in enumerate(tokens):
        if word in _SAYING and at and _is_plain(tokens[:at]) and at + 1 < len(tokens):
            skipped = tokens[at + 1] in _THAT or tokens[at + 1] in {":", ","}
            return _spoken(word, tokens[:at], tokens[at + 1 + skipped :])
    return tokens


def _last_mark(tokens: Tokens) -> int:
    return max((at for at, word in enumerate(tokens) if word in {",", '"'}), default=-1)


def _is_plain(tokens: Tokens) -> bool:
    return not any(word in {",", '"', ":", ";", "-"} | _SAYING for word in tokens)


def _spoken(saying: str, speaker: Tokens, claim: Tokens) -> Tokens:
    return (*speaker, saying, ":", *claim)


def shortened(tokens: Tokens, language: str | None) -> Iterator[Tokens]:
    """A sentence, and then what it says still without some of its pieces.

    In brackets or in a clause between commas, a linking word, all times of what happened, and what
    comes after the main clause. A sentence that denies, doubts or depends on a condition is whole
    or nothing.
    """
    yield tokens
    if language not in {None, "en"} or any(map(_turns, tokens)):
        return
    for without_asides, without_links, without_times in product((False, True), repeat=3):
        variant = _without_clauses(_without_brackets(tokens)) if without_asides else tokens
        variant = _without_links(variant) if without_links else variant
        for tail in _tails(variant):
            if not without_times:
                yield tail
            elif any(map(_PAST.fullmatch, tail)) and not _PRESENT & {*tail}:
                yield _without_times(tail)


def _turns(word: str) -> bool:
    return (
        word in _TURNING
        or word.endswith("n't")
        or bool(classes_of(fold(word)) & {"negation", "denial", "retraction"})
    )


def _without_brackets(tokens: Tokens) -> Tokens:
    kept, depth = [], 0
    for word in tokens:
        depth += word == "("
        if not depth:
            kept.append(word)
        depth -= word == ")"
    return tuple(kept) if not depth else tokens


def _without_clauses(tokens: Tokens) -> Tokens:
    """Without clauses as in `the bank, which owns Arlen, lost`."""
    kept, at = list[str](), 0
    while at < len(tokens):
        end = next((n for n in range(at + 1, len(tokens)) if tokens[n] == ","), 0)
        clause = tokens[at + 1 : end]
        begins = tokens[at] == "," and clause[:1] and clause[0] in _RELATIVES
        if begins and '"' not in clause and not any(map(_VOUCHING.search, clause)):
            at = end + 1
        else:
            kept.append(tokens[at])
            at += 1
    return tuple(kept)


def _without_links(tokens: Tokens) -> Tokens:
    kept = [word for word in tokens if word not in _LINKING]
    return tuple(kept[1:] if kept[:1] == [","] else kept)


def _tails(tokens: Tokens) -> Iterator[Tokens]:
    """The sentence, and its beginnings up to where its main clause is over."""
    yield tokens
    for at, word in enumerate(tokens):
        follows = tokens[at + 1] if at + 1 < len(tokens) else ""
        begins = (word == "," and follows in _TAILS) or word in _BARE_TAILS
        rest = tokens[at + 1 :]
        if at and begins and '"' not in rest and not any(map(_VOUCHING.search, rest)):
            yield tokens[:at]


def _without_times(tokens: Tokens) -> Tokens:
    """Without any of its times (`on Friday`, `in May 2025`, `yesterday`); all of them or none."""
    codes = "".join(map(_time_class, tokens))
    kept, begin = list[str](), 0
    for time in _TIME.finditer(codes):
        kept += tokens[begin : time.start()]
        begin = time.end()
    return (*kept, *tokens[begin:])


def _time_class(word: str) -> str:
    if word.isdecimal():
        return "Y" if _YEAR.fullmatch(word) else "n"
    return _TIME_CLASSES.get(word, ".")
