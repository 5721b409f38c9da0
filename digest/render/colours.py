"""Colours that can be read, on light ground and on dark; pure (WCAG 2.2, 1.4.3)."""

from functools import lru_cache

LIGHT_CARD = "#ffffff"
DARK_CARD = "#1b1c1e"
READABLE = 4.5
# For headlines in one colour on dark: what is only just readable looks like ash.
BRIGHT = 8.0


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours #rrggbb, from 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=1024)
def readable(colour: str, ground: str, least: float = READABLE) -> str:
    """The colour, moved towards white or black just so far that it can be read on the ground."""
    target = 255 if _luminance(ground) < 0.2 else 0
    for step in range(21):
        channels = (round(c + (target - c) * step / 20) for c in _channels(colour))
        mixed = "#" + "".join(f"{c:02x}" for c in channels)
        if contrast(mixed, ground) >= least:
            return mixed
    return "#ffffff" if target else "#000000"


def on_white(colour: str) -> str:
    """The colour as a ground for white words: it contrasts with white as they do with it."""
    return readable(colour, LIGHT_CARD)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
