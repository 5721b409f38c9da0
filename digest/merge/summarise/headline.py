"""Which report's headline stands above a story: the most central one, not the loudest; pure."""

import re
from collections.abc import Sequence

import numpy as np

from digest.merge.language.headline import clean_headline
from digest.merge.summarise.reports import ParsedReport
from digest.merge.summarise.salience import terms_of, weigh
from digest.merge.summarise.standalone import width

_LIKED = range(30, 111)
_LEAD = 600
_BAIT = re.compile(
    r"you won[\u2019']t believe|you need to know|what (?:you|we) (?:need|know)|what to know"
    r"|here[\u2019']s (?:why|what|how)|this is (?:why|what|how)"
    r"|^(?:why|how|what|who|when|these|this)\b"
    r"|will (?:shock|surprise|amaze)|shocking|jaw-?dropping|mind-?blowing|stunning|incredible"
    r"|the reason|goes viral|internet|^\d+ (?:things|reasons|ways|facts)|secret|\bslams?\b|\bepic\b"
    r"|as it happened|^(?:watch|live|video|pictures?)\b"
    r"|das müssen sie|darum|deshalb|so (?:reagiert|sieht)|voici|ce qu[\u2019']il faut savoir"
    r"|lo que (?:debes|hay que) saber|esto es lo que|ecco (?:perché|cosa)",
    re.IGNORECASE,
)
_CUT = re.compile(r"(?:(?<!\.)\.{2,}|…)\s*$")
_ASKS = re.compile(r"[?？؟]")
_UPDATE = re.compile(
    r"^(?:UPDATE|WRAPUP|REFILE|RPT|CORRECTED)[ -]?\d*\s*[-:]\s*(?:[A-Z]+ )??(?=\w)"
)
_AGENCY = re.compile(
    r"(?<!\s)\s*\((?:reuters|ap|afp|dpa|efe|ansa|upi|lusa|kyodo|tass)\)\s*$", re.IGNORECASE
)
_SHOUTED = 0.7


def choose_headline(reports: Sequence[ParsedReport], disputed: frozenset[str] = frozenset()) -> str:
    """The best headline, cleaned; `reports` are the most central first.

    It is the one whose words the others' texts have, and loses by shouting, teasing, asking, and
    by a figure that is `disputed`.
    """
    publishers = [parsed.publisher for parsed in reports]
    cleaned = [strip_headline(parsed.report.headline, publishers) for parsed in reports]
    heads = [terms_of(head) for head in cleaned]
    texts = [terms_of(f"{parsed.headline}\n{parsed.report.summary[:_LEAD]}") for parsed in reports]
    alike = weigh([*heads, *texts]).alike[: len(heads)].sum(axis=1)
    worth = [
        _worth(parsed.report.headline, head, disputed)
        for parsed, head in zip(reports, cleaned, strict=True)
    ]
    scores = ((alike - 1) * worth).round(9)
    return cleaned[int(np.argmax(scores))]


def strip_headline(headline: str, publishers: Sequence[str]) -> str:
    """The headline without label, agency, or the name of any publisher of the event."""
    text = _AGENCY.sub("", _UPDATE.sub("", headline.strip()))
    for publisher in publishers:
        text = clean_headline(text, publisher)
    return text or headline


def _worth(original: str, cleaned: str, disputed: frozenset[str]) -> float:
    letters = [sign for sign in cleaned if sign.isalpha()]
    worth = 1.0
    if letters and sum(sign.isupper() for sign in letters) > _SHOUTED * len(letters):
        worth *= 0.3
    if _BAIT.search(original) or _BAIT.search(cleaned):
        worth *= 0.3
    if _ASKS.search(cleaned):
        worth *= 0.4
    if "!" in cleaned:
        worth *= 0.6
    if _CUT.search(original):
        worth *= 0.3
    if width(cleaned) not in _LIKED:
        worth *= 0.6
    if any(phrase in cleaned for phrase in disputed):
        worth *= 0.5
    return worth * (1.1 if re.search(r"\d", cleaned) else 1)
