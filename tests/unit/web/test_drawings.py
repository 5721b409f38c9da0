"""Icons, and cards of stories that have no picture."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from digest.render.colours import READABLE, contrast
from digest.web.drawings import CARD, draw_card, draw_icons

Pixels = npt.NDArray[np.uint8]


def opened(data: bytes) -> Pixels:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


def ground_of(pixels: Pixels) -> str:
    red, green, blue = pixels[pixels.shape[0] // 2, 5]
    return f"#{red:02x}{green:02x}{blue:02x}"


def count_of_white(pixels: Pixels) -> int:
    return int((pixels.min(axis=2) > 200).sum())


@pytest.mark.parametrize("colour", ["#174a84", "#ffff00", "#ffffff", "#000000"])
def test_a_card_of_any_colour_can_be_read(colour):
    image = opened(draw_card("A moon with a ring", "Space", "Example Daily", colour))
    assert image.shape == (CARD[1], CARD[0], 3)
    assert contrast(ground_of(image), "#ffffff") >= READABLE
    assert count_of_white(image) > 5_000


def test_a_headline_of_any_length_stands_within_the_card():
    short = draw_card("A moon", "Space", "Daily", "#174a84")
    long = draw_card("a long word " * 80, "Space", "Daily", "#174a84")
    for data in (short, long, draw_card("x" * 500, "", "", "#174a84")):
        image = opened(data)
        assert count_of_white(image[600:]) == 0
        assert len(data) < 120_000


def test_a_headline_that_no_font_here_has_leaves_no_row_of_boxes():
    bare = draw_card("", "", "", "#174a84")
    assert draw_card("\U0001f9ff\U000e0001", "\U00011f02", "\U00011f02", "#174a84") == bare


def test_a_card_from_right_to_left_begins_on_the_right():
    texts = ("A moon", "Space", "Daily", "#174a84")
    left, right = (opened(draw_card(*texts, direction)) for direction in ("ltr", "rtl"))
    middle, half = slice(200, 450), slice(0, CARD[0] // 2)
    assert count_of_white(left[middle, half]) > 0
    assert count_of_white(right[middle, half]) == 0


def test_icons_have_the_sizes_that_their_names_say():
    icons = draw_icons("#174a84")
    sizes = {name: opened(data).shape[:2] for name, data in icons.items()}
    assert sizes == {
        "apple-touch-icon.png": (180, 180),
        "icon-192.png": (192, 192),
        "icon-512.png": (512, 512),
        "favicon.ico": (32, 32),
    }
