"""What stands for a picture: the words of a caption, never a file's name."""

import pytest

from digest.collect.alt_text import alt_text


@pytest.mark.parametrize(
    "text",
    ["", "  ", "dust.jpg", "IMG_2041.JPG", "DSC00412", "image 3", "a/b/photo.png?w=600", "1200x630",
     "screenshot-2026-11-21", "The Moon"],
)  # fmt: skip
def test_what_says_nothing_of_the_picture_is_left_out(text):
    assert alt_text(text, "The moon") == ""


@pytest.mark.parametrize("text", ["A storm of dust", "x", "Mars in 2026", "Photo of a dog"])
def test_a_caption_stays(text):
    assert alt_text(f" {text} ", "The moon") == text


def test_a_long_one_is_cut_between_words():
    assert len(alt_text("word " * 90)) <= 201
