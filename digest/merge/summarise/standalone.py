"""Whether a sentence can be read alone, as a bullet must be; pure, and without a grammar.

Where it is in doubt the sentence is left out: a story with fewer bullets is better than half a
sentence.
"""

import re
import unicodedata

from digest.merge.language.quotes import CLOSING, OPENING, quoted_spans
from digest.merge.language.sentences import Sentence
from digest.merge.language.tokens import plain, read_line

# In columns: a character of East Asia takes two.
SHORTEST, LONGEST = 24, 360
_SHOUTED = 0.8
_LETTERS = 0.6

_FULL_STOP = re.compile(r"[.!。！｡۔।॥።][" + re.escape(CLOSING) + r"]*$")
_CUT = re.compile(r"(?:(?<!\.)\.{2,}|…)[" + re.escape(CLOSING) + r"]*[.]?$")
_MARKUP = re.compile(r"https?:|www\.|[|•·►»]\s|[<>{}\\]|\w@\w|#\w+ #\w+|^[(\[]")
_FURNITURE = re.compile(
    r"\b(?:report(?:ing|age) by|edit(?:ing|ed) by|writing by|getty images|all rights reserved"
    r"|click here|sign up|subscribe|newsletter|read (?:more|also)|follow us|stay tuned|cookies?"
    r"|(?:is|are) (?:a )?(?:breaking|developing) (?:news )?stor(?:y|ies)|more to follow|this story"
    r"|this article|first appeared|photo(?:graph)?:|image:|find out|what (?:you need )?to know"
    r"|here(?:'|\u2019)s (?:what|why|how)|everything (?:you|we)|lesen sie|mehr dazu|lire aussi"
    r"|à lire|abonnez|lea también|leer más|suscr[ií]b|leggi anche|iscriviti|leia (?:mais|também)"
    r"|lees ook|читайте также|подпис)|©|\bcopyright\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"^(?:I|I'm|I\u2019m|I've|We|We're|My|Our|Ich|Wir|Je|J'|Nous|Yo|Nosotros|Io|Eu|Ik)\b"
)
# In French it is we; in English a day follows.
_FRENCH_SELF = re.compile(r"^On\b")
_ASKS = re.compile(r"[?？؟][" + re.escape(CLOSING) + r"]*$")
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|may|might|must|shall"
    r"|should|said|told|made|took|gave|found|won|lost|led|met|held|left|kept|sent|set|cut|hit|put|got"
    r"|went|came|became|began|broke|brought|built|fell|grew|rose|ran|saw|sold|spent|stood|struck|shut"
    r"|swept|thought|wrote|beat|bought|caught|drew|drove|fought|forced|knew|paid|read|spoke|spread"
    r"|say|want|remain|agree|believe|expect|warn|seem|die"
    r"|\w{2,}ed|\w{3,}(?:[^s\W]s|[^\s\W]es))\b"
)
_DANGLING = """
    the a an of in to and or for with at by from that who which its his her their as is are was
    were has have on der die das dem den ein eine und oder mit für von zu im am auf le la les un une
    de des du et ou à au aux pour par dans el los las una y o en del con por para que il lo gli i e
    di da dal della per che het een van op met os um uma do dos
"""
_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+)$")


def width(text: str) -> int:
    """How long a text looks, in columns."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def can_stand(sentence: Sentence, language: str | None = None) -> bool:
    """Whether it is a whole sentence that tells something, of a bounded length.

    A text of one sentence may lack its full stop, as the line under a headline often does.
    """
    text = sentence.text
    if not SHORTEST <= width(text) <= LONGEST:
        return False
    if not _FULL_STOP.search(text):
        last = _LAST_WORD.search(text.rstrip(CLOSING))
        cut = last is None or last[1].casefold() in _DANGLING.split()  # it ends in `of the`
        if not sentence.alone or cut or len(text.split()) <= 5:
            return False
    if _CUT.search(text) or _ASKS.search(text) or _MARKUP.search(text) or _SELF.match(text):
        return False
    if language == "fr" and _FRENCH_SELF.match(text):
        return False
    bare = text.lstrip(OPENING + CLOSING + "¿¡$€£¥")
    first, second = bare[:1], bare[1:2]
    capital = first.isalpha() and (not first.islower() or second.isupper())
    return (
        (first.isdigit() or capital)
        and all(span.closed for span in quoted_spans(text))
        and not _FURNITURE.search(text)
        and _is_prose(text, language)
    )


def _is_prose(text: str, language: str | None) -> bool:
    """Words, a verb where we can tell one, and neither a headline nor shouting."""
    line = read_line(plain(text))
    letters = [sign for sign in text if sign.isalpha()]
    signs = [sign for sign in text if not sign.isspace()]
    if len(line.words) < 4 or len(letters) < _LETTERS * len(signs):
        return False
    capitals = sum(sign.isupper() for sign in letters)
    if capitals > _SHOUTED * len(letters) or (len(line.words) > 5 and line.title_case):
        return False
    return language != "en" or bool(_VERB.search(text))
