"""Icons, and cards of stories that have no picture."""

from io import BytesIO

import pytest
from PIL import Image

from digest.render.colours import READABLE, contrast
from digest.web.drawings import CARD, draw_card, draw_icons


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def ground_of(image: Image.Image) -> str:
    return f"#{image.crop((5, image.height // 2, 6, image.height // 2 + 1)).tobytes().hex()}"


def count_of_white(image: Image.Image) -> int:
    pixels = image.tobytes()
    return sum(min(pixel) > 200 for pixel in zip(*[iter(pixels)] * 3, strict=True))


@pytest.mark.parametrize("colour", ["#174a84", "#ffff00", "#ffffff", "#000000"])
def test_a_card_of_any_colour_can_be_read(colour):
    image = opened(draw_card("A moon with a ring", "Space", "Example Daily", colour))
    assert image.size == CARD
    assert contrast(ground_of(image), "#ffffff") >= READABLE
    assert count_of_white(image) > 5_000


def test_a_headline_of_any_length_stands_within_the_card():
    short = draw_card("A moon", "Space", "Daily", "#174a84")
    long = draw_card("a long word " * 80, "Space", "Daily", "#174a84")
    for data in (short, long, draw_card("x" * 500, "", "", "#174a84")):
        image = opened(data)
        below = image.crop((0, 600, *CARD))
        assert count_of_white(below) == 0
        assert len(data) < 120_000


def test_a_headline_that_no_font_here_has_leaves_no_row_of_boxes():
    bare = draw_card("", "", "", "#174a84")
    assert draw_card("\U0001f9ff\U000e0001", "\U00011f02", "\U00011f02", "#174a84") == bare


def test_a_card_from_right_to_left_begins_on_the_right():
    texts = ("A moon", "Space", "Daily", "#174a84")
    left, right = (opened(draw_card(*texts, direction)) for direction in ("ltr", "rtl"))
    half = (0, 200, CARD[0] // 2, 450)
    assert count_of_white(left.crop(half)) > 0
    assert count_of_white(right.crop(half)) == 0


def test_icons_have_the_sizes_that_their_names_say():
    icons = draw_icons("#174a84")
    sizes = {name: opened(data).size for name, data in icons.items()}
    assert sizes == {
        "apple-touch-icon.png": (180, 180),
        "icon-192.png": (192, 192),
        "icon-512.png": (512, 512),
        "favicon.ico": (32, 32),
    }
