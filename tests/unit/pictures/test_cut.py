"""Any bytes become cuts that every screen shows, or a reason; nothing of the sender's is left."""

import random
from io import BytesIO

import pytest
from PIL import Image

from digest.bounded_process import BoundedProcess
from digest.model import PictureFile
from digest.pictures.cut import (
    BOUNDS,
    MOST_BYTES,
    CutPicture,
    Unusable,
    cut_picture,
    cut_piece,
    piece_of,
)
from tests import odd_pictures
from tests.odd_pictures import BAD, GOOD, rotated, saved, scene
from tests.sampling import sample


def cut(data: bytes) -> CutPicture:
    result = cut_picture(data)
    assert isinstance(result, CutPicture), result
    return result


def opened(result: CutPicture, file: PictureFile, *, webp: bool = False) -> Image.Image:
    return Image.open(BytesIO(result.files[file.webp if webp else file.name]))


def all_cuts(result: CutPicture) -> list[PictureFile]:
    picture = result.picture
    return [picture.column, picture.small, *([picture.wide] if picture.wide else [])]


@pytest.mark.parametrize("name", sample(list(GOOD), 5))
def test_a_picture_of_any_kind_is_cut_into_files_that_every_screen_shows(name):
    result = cut(GOOD[name]())
    for file in all_cuts(result):
        for webp in (False, True):
            image = opened(result, file, webp=webp)
            image.load()
            assert image.size == (file.width, file.height)
            assert image.format == ("WEBP" if webp else {"j": "JPEG", "p": "PNG"}[file.name[-3]])
            assert "exif" not in image.info
            assert "icc_profile" not in image.info
            assert "comment" not in image.info
        assert file.size == len(result.files[file.name]) <= MOST_BYTES


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_shown_is_told_with_the_reason(name):
    make, words = BAD[name]
    result = cut_picture(make())
    assert isinstance(result, Unusable)
    assert words in result.reason


def test_the_cuts_have_the_shapes_of_their_places():
    result = cut(saved(scene()))
    sizes = [(file.width, file.height) for file in all_cuts(result)]
    assert sizes == [(600, 338), (480, 320), (1200, 630)]


def test_nothing_is_made_larger_than_it_came_and_no_lead_of_a_narrow_one():
    result = cut(saved(scene(300, 300)))
    assert result.picture.wide is None
    assert [(file.width, file.height) for file in all_cuts(result)] == [(300, 300), (300, 200)]
    small = cut(saved(scene(700, 300))).picture
    assert small.wide is not None
    assert small.wide.width < 700
    assert small.wide.width / small.wide.height == pytest.approx(1200 / 630, abs=0.01)


def test_the_focal_point_stays_in_every_cut():
    tall = Image.new("RGB", (800, 1600), "white")
    tall.paste("red", (300, 1500, 500, 1600))
    for focus, is_in in (((50, 98), True), ((50, 40), False)):
        result = cut_piece(piece_of(saved(tall), focus))
        assert isinstance(result, CutPicture)
        assert result.picture.wide is not None
        for file in (result.picture.small, result.picture.wide):
            image = opened(result, file).convert("RGB")
            _, green, _ = image.getpixel((image.width // 2, image.height - 3))  # type: ignore[misc]
            assert (green < 99) is is_in


def test_an_avif_is_kept_where_it_is_much_smaller():
    result = cut(saved(scene()))
    for file in all_cuts(result):
        if file.avif:
            image = Image.open(BytesIO(result.files[file.avif]))
            assert (image.format, image.size) == ("AVIF", (file.width, file.height))
            assert len(result.files[file.avif]) < len(result.files[file.webp])
        else:
            assert not any(name.endswith(".avif") for name in (file.name, file.webp))
    assert result.picture.wide is not None
    assert result.picture.wide.avif
    assert not result.picture.small.avif


def test_a_phones_picture_stands_upright_and_tells_nothing_of_its_owner():
    result = cut(rotated())
    assert (result.width, result.height) == (900, 1600)
    column = opened(result, result.picture.column)
    assert column.height > column.width
    # Turned by 90 degrees: what was the left is the top.
    red, _, blue = column.getpixel((300, 40))  # type: ignore[misc]
    assert red > blue
    assert all(b"secret" not in data and b"at home" not in data for data in result.files.values())


def test_what_shows_through_becomes_white():
    clear = Image.new("RGBA", (800, 600), (0, 0, 0, 0))
    result = cut(saved(clear, "PNG"))
    assert opened(result, result.picture.column).convert("RGB").getpixel((9, 9)) == (255, 255, 255)


def test_a_drawing_of_few_colours_stays_one():
    result = cut(saved(scene(), "PNG"))
    assert result.picture.column.name.endswith(".png")


def test_a_grey_picture_of_16_bits_keeps_its_shades():
    grey = Image.linear_gradient("L").resize((800, 600))
    deep = grey.convert("I").point(lambda value: value * 257 + 0).convert("I;16")
    result = cut(saved(deep, "PNG"))
    shades = opened(result, result.picture.column).convert("L").tobytes()
    assert max(shades[: 9 * 600]) < 20
    assert min(shades[-9 * 600 :]) > 235


def test_the_same_picture_has_the_same_names():
    assert cut(saved(scene())).files == cut(saved(scene())).files


def test_a_picture_that_is_torn_anywhere_costs_itself_alone():
    """Whatever byte is another: the process lives, and the next picture is cut."""
    chance = random.Random(15)
    whole = {name: bytearray(GOOD[name]()) for name in ("jpeg", "png", "webp", "gif", "rotated")}
    with BoundedProcess(cut_picture, BOUNDS) as process:
        for name, data in whole.items():
            for _ in range(20):
                torn = bytearray(data)
                for _ in range(chance.choice((1, 9, 200))):
                    torn[chance.randrange(len(torn))] = chance.randrange(256)
                answer = process.ask(bytes(torn[: chance.randrange(len(torn))] or torn))
                assert isinstance(answer, CutPicture | Unusable), name
        assert isinstance(process.ask(saved(scene())), CutPicture)


def test_it_takes_no_more_memory_than_it_may():
    """300 MB are the most: what would take more is refused, and the next picture is cut."""
    dear = saved(scene(6300, 6300, "RGBA"), "WEBP", quality=1, method=0)
    with BoundedProcess(cut_picture, BOUNDS) as process:
        assert not isinstance(process.ask(dear), CutPicture)
        for name in ("huge", "png", "animated gif"):
            assert isinstance(process.ask(odd_pictures.GOOD[name]()), CutPicture)
