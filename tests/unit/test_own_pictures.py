"""A logo or a cover is shown as it is: it has to be what every mail program shows, and small."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from digest.own_pictures import COVER_BYTES, LARGEST, read_own_picture


def saved(path: Path, size: tuple[int, int], form: str, **options: object) -> Path:
    Image.new("RGB", size, "navy").save(path, format=form, **options)
    return path


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": b"Exif\x00\x00" + bytes(900), "comment": b"\xff\xc0 in words"}),
        ("JPEG", {"icc_profile": bytes(70_000)}),
    ],
)
def test_the_size_is_read_as_pillow_reads_it(tmp_path, form, options):
    picture = read_own_picture(saved(tmp_path / "logo", (541, 87), form, **options))
    assert (picture.file.width, picture.file.height) == (541, 87)
    assert picture.file.name.endswith(".png" if form == "PNG" else ".jpg")
    assert picture.file.size == len(picture.data)


def test_whatever_is_cut_off_or_changed_is_read_or_refused_in_words(tmp_path):
    file = tmp_path / "logo"
    dice = random.Random(5)
    for form in ("PNG", "JPEG"):
        whole = BytesIO()
        Image.new("RGB", (60, 40), "navy").save(whole, format=form)
        for _ in range(300):
            data = bytearray(whole.getvalue()[: dice.randrange(1, len(whole.getvalue()))])
            data[dice.randrange(len(data))] = dice.randrange(256)
            file.write_bytes(data)
            try:
                read_own_picture(file)
            except ValueError as error:
                assert str(error).startswith(("is ", "has "))  # noqa: PT017


@pytest.mark.parametrize(
    ("size", "form", "reason"),
    [
        ((40, 40), "GIF", "is neither PNG nor JPEG"),
        ((40, 40), "WEBP", "is neither PNG nor JPEG"),
        ((LARGEST + 1, 4), "PNG", f"is {LARGEST + 1} × 4 pixels"),
    ],
)
def test_what_is_of_no_use_is_refused(tmp_path, size, form, reason):
    with pytest.raises(ValueError, match=reason):
        read_own_picture(saved(tmp_path / "logo", size, form))


def test_what_would_weigh_each_mail_down_is_refused(tmp_path):
    file = saved(tmp_path / "logo", (40, 40), "PNG")
    file.write_bytes(file.read_bytes() + bytes(COVER_BYTES))
    with pytest.raises(ValueError, match="has more than 120 KB"):
        read_own_picture(file)
