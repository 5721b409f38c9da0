"""What a language tag says of itself."""

from functools import lru_cache
from itertools import takewhile
from typing import Literal

# The scripts of today that run from right to left (Unicode's Bidi_Class R and AL); CLDR's data by
# language, which a test holds this against, lacks most pairs of a language and a script.
_RIGHT_TO_LEFT = frozenset(
    ("Adlm", "Arab", "Aran", "Gara", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr",
     "Syrc", "Thaa", "Yezi")
)  # fmt: skip


@lru_cache(maxsize=64)
def direction_of(language: str) -> Literal["ltr", "rtl"]:
    """How the script of a tag such as `ar-EG` or `uz-Arab` (BCP 47) runs.

    A script that the tag does not name is the language's usual one, by CLDR's likely subtags.
    """
    return "rtl" if _script_of(language) in _RIGHT_TO_LEFT else "ltr"


def _script_of(language: str) -> str:
    from babel.core import get_global

    first, *rest = language.replace("_", "-").split("-")
    # After a single letter come extensions: the digits of ar-u-nu-latn are Latin, not its script.
    parts = list(takewhile(lambda part: len(part) > 1, rest))
    named = next((part.title() for part in parts if len(part) == 4 and part.isalpha()), None)
    if named is not None:
        return named
    code, *_ = get_global("language_aliases").get(first.lower(), first.lower()).split("_")
    region = next((part.upper() for part in parts if len(part) == 2), None)
    likely = get_global("likely_subtags")
    full = likely.get(f"{code}_{region}") or likely.get(code) or ""
    return next((part for part in full.split("_") if len(part) == 4), "")
