"""What is drawn for a site that has no pictures of its own: icons, and cards of stories; pure.

A card is what other sites show of a story that has no picture: its headline on its topic's colour.
"""

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from digest.render.colours import on_white

if TYPE_CHECKING:
    from PIL import Image, ImageFont

    Font = ImageFont.FreeTypeFont

CARD = (1200, 630)
_MARGIN = 80
_WHITE = "#ffffff"
# Sizes of a headline, in pixels: the largest at which it takes no more lines than stand beside it.
_HEADLINES = ((76, 3), (64, 4), (52, 5), (44, 6))
_SMALL = 34
# Pillow brings a font for Latin letters; for others that of the machine, where one is there.
_FONTS = ("", "DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "NotoSansArabic-Bold.ttf")
# The three lines of icon.svg, in 32nds: left, top, right, bottom.
_LINES = ((7, 8.5, 25, 11.5), (7, 14.5, 25, 17.5), (7, 20.5, 18, 23.5))


@lru_cache(maxsize=8)  # a tenth of a second of the processor
def draw_icons(colour: str) -> Mapping[str, bytes]:
    """`icon.svg` in a colour, in the sizes and forms that ask for pixels, by file name."""
    sizes = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
    icons = {name: _saved(_icon(size, colour), "PNG") for name, size in sizes.items()}
    return {**icons, "favicon.ico": _saved(_icon(32, colour), "ICO")}


def draw_card(
    headline: str, topic: str, newsletter: str, colour: str, direction: str = "ltr"
) -> bytes:
    """A PNG of 1200 x 630 pixels; without the words that no font here can write."""
    from PIL import Image, ImageDraw

    ground = on_white(colour)
    image = Image.new("RGB", CARD, ground)
    draw = ImageDraw.Draw(image)
    begin, side = (CARD[0] - _MARGIN, "r") if direction == "rtl" else (_MARGIN, "l")
    for text, middle in ((topic, _MARGIN + 15), (newsletter, CARD[1] - _MARGIN - 15)):
        if (font := _font_for(text, _SMALL)) is not None:
            draw.text((begin, middle), text, _WHITE, font, f"{side}m")
    for size, most in _HEADLINES:
        if (font := _font_for(headline, size)) is None:
            break
        lines = _wrapped(headline, font)
        if len(lines) <= most or size == _HEADLINES[-1][0]:
            text = "\n".join(lines[:most]) + ("…" if len(lines) > most else "")
            align = "right" if side == "r" else "left"
            centre = (begin, CARD[1] / 2)
            draw.multiline_text(
                centre, text, _WHITE, font, f"{side}m", size * 0.28, align, stroke_width=0.6
            )
            break
    other = _MARGIN if side == "r" else CARD[0] - _MARGIN - 64
    image.paste(_icon(64, ground), (other, CARD[1] - _MARGIN - 47))
    return _saved(image.quantize(64), "PNG")


def _icon(size: int, colour: str) -> "Image.Image":
    from PIL import Image, ImageDraw

    # Drawn larger and scaled down: the edges are smooth so.
    scale = size * 4 / 32
    image = Image.new("RGB", (size * 4, size * 4), on_white(colour))
    draw = ImageDraw.Draw(image)
    for line in _LINES:
        draw.rounded_rectangle([edge * scale for edge in line], 1.5 * scale, fill=_WHITE)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _font_for(text: str, size: float) -> "Font | None":
    """The first font that has every letter of a text."""
    for name in _FONTS:
        font = _font(name, size)
        if font is not None and all(_has(name, sign) for sign in set(text) if not sign.isspace()):
            return font
    return None


@lru_cache(maxsize=64)
def _font(name: str, size: float) -> "Font | None":
    from PIL import ImageFont

    try:
        font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    except OSError:
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


@lru_cache(maxsize=4096)
def _has(name: str, sign: str) -> bool:
    """Whether a font has a sign of its own for a letter, and not the one for what it lacks."""
    font = _font(name, _SMALL)
    assert font is not None
    return bytes(font.getmask(sign)) != bytes(font.getmask("\U0010ffff"))


def _wrapped(text: str, font: "Font") -> list[str]:
    """Lines no wider than the card; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= CARD[0] - 2 * _MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _saved(image: "Image.Image", kind: str) -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()
