"""A headline without what editors add: `BREAKING:`, `[VIDEO]`, ` - BBC News`; pure."""

import re

_DASH = "\u2013\u2014-"
_LABEL = r"""
    alert | analysis | breaking(?:\ news)? | brief | corrected | en\ direct | eil(?:meldung)?
    | exclusive | exklusiv | explained | explainer | factbox | first\ look | gallery | interview
    | just\ in | kommentar | liveblog | live(?:\ blog|\ updates?)? | liveticker | opinion | photos?
    | pictures | podcast | preview | recap | refile | snapshot | special\ report | timeline
    | updated? | urgente? | videos? | watch | wrap(?:up|-up)? | [uú]ltima\ hora | 速報 | 快讯 | 独家
    | عاجل | срочно | молния
"""
_PREFIX = re.compile(
    rf"\s*(?:[\[(【]?(?:{_LABEL})(?:\ ?\d+)?[\])】]?\s*(?:[:：|{_DASH}]+\s*|(?<=[\])】])\s*))+",
    re.IGNORECASE | re.VERBOSE,
)
_BRACKETED = re.compile(
    rf"[\[(](?:{_LABEL}|see\ pics|\d|\w*\ ?video)[\])]", re.IGNORECASE | re.VERBOSE
)
_TAIL = re.compile(rf"(?<!\s)(?:\s+[|{_DASH}]\s+|\s*[|»]\s*)([^|»]{{2,60}})$")


def clean_headline(headline: str, publisher: str = "") -> str:
    """The headline's own words; a tail goes where it names the publisher or follows a bar."""
    text = _BRACKETED.sub(" ", headline).strip().removesuffix("...").removesuffix("…").strip()
    text = text[match.end() :] if (match := _PREFIX.match(text)) else text
    tail = _TAIL.search(text)
    if tail and tail.start():
        in_tail, in_name = (set(re.findall(r"\w{2,}", t.casefold())) for t in (tail[1], publisher))
        names_publisher = in_tail and in_name and (in_tail <= in_name or in_name <= in_tail)
        if names_publisher or "|" in tail[0]:
            text = text[: tail.start()]
    return text.strip() or headline
