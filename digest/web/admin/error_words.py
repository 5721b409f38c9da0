"""An error as sentences of a page."""

from digest.errors import DigestError


def sentence_of(error: DigestError) -> str:
    """What is wrong and what to do about it; an address keeps its small letter."""
    parts = (error.message, error.remedy)
    return " ".join(_sentence(part) for part in parts if part)


def _sentence(text: str) -> str:
    first = text.partition(" ")[0]
    is_address = "@" in first or "://" in first
    start = text if is_address else f"{text[:1].upper()}{text[1:]}"
    return start if start.endswith((".", "!", "?")) else f"{start}."
