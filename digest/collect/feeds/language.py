"""What language a text is in; the feed's own word for it is a hint, for many say `en` unasked."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
_ENOUGH = 60  # letters: a headline in less is guessed wrong too often
_MAX_READ = 1_000
_SURE = 0.9


def language_tag(text: str) -> str | None:
    """The primary language of a tag such as `en-GB` (RFC 5646), in small letters, or None."""
    match = _TAG.fullmatch(text.strip())
    return match[1].lower() if match else None


def language_of(text: str, declared: str | None) -> str | None:
    """The language of a text as a tag of two letters; `declared` where the text is too short.

    What was declared stands unless the text is surely in another.
    """
    if sum(map(str.isalpha, text[:_MAX_READ])) < _ENOUGH:
        return declared
    language, probability = _identifier().classify(text[:_MAX_READ])
    return str(language) if declared is None or probability >= _SURE else declared


@cache
def _identifier() -> "LanguageIdentifier":
    """Loaded when first needed: it takes most of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
