"""The text part: lines that fit, headings with a line under them, links as numbers; pure."""

import re
import textwrap

from digest.render.placeholders import Placeholders

WIDTH = 72


# What stands for a link's number until it is known (`Placeholders.reference`), and as wide as that.
_REFERENCE = re.compile(r"<!--ref-[0-9a-f]{16}-[^\s<>]+-->")
_AS_WIDE = "[\0\0]"


def wrap(text: str, first: str = "", width: int = WIDTH) -> str:
    """Text in lines of at most `width` characters; a long word, such as a link, stays whole."""
    references = iter(_REFERENCE.findall(text))
    lines = textwrap.fill(
        _REFERENCE.sub(_AS_WIDE, text),
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return re.sub(re.escape(_AS_WIDE), lambda _: next(references), lines)


def underline(text: str, mark: str = "-") -> str:
    """Text wrapped, with a line under it."""
    lines = wrap(text)
    longest = max(len(line) for line in lines.splitlines() or [""])
    return f"{lines}\n{mark * min(longest, WIDTH)}"


def number_links(text: str, placeholders: Placeholders) -> str:
    """Every reference as `[n]`, the addresses by their numbers where the text says so."""
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"[{numbers.setdefault(match[1], len(numbers) + 1)}]"

    numbered = placeholders.replace_references(text, number)
    addresses = "\n".join(f"[{n}] {url}" for url, n in numbers.items())
    return placeholders.fill(numbered, {"references": addresses})
