"""The bytes of a picture to the files that are shown: upright, in sRGB, without metadata; pure.

bytes --open--> checked --draft, turn--> pixels --shrink, sRGB, flatten--> image --cut--> files

Runs in a process of its own (`digest.bounded_process`), since the bytes are a stranger's: Pillow's
decoders are in C. What cannot be used is a value with its reason.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from digest.bounded_process import Bounds
from digest.model import Picture, PictureFile

LARGEST = 10_000_000  # bytes, as it comes
MOST_PIXELS = 40_000_000
BOUNDS = Bounds(seconds=8, memory=300 * 1024 * 1024)

WIDE = (1200, 630)
COLUMN = 600
SMALL = (480, 320)
# Of a cut: what a mail shows should weigh no more.
MOST_BYTES = 120_000
# Pixels of a mail's column, to which a wide picture is stretched at least.
_NARROWEST_WIDE = 540
_SMALLEST = (120, 80)
# Height for a width of 1: what is taller is cropped, on a page too.
_TALLEST = 4 / 3

# With their decoders loaded, Pillow does not look for those of forty others.
_DECODERS = {
    "JPEG": JpegImagePlugin,
    "PNG": PngImagePlugin,
    "WEBP": WebPImagePlugin,
    "AVIF": AvifImagePlugin,
    "GIF": GifImagePlugin,
}
# An AVIF is kept where it has at most so much of the WebP's bytes.
_WORTH_IT = 0.9
_QUALITIES = (82, 72, 60, 48)
# A little above the middle, in percent: people, and most of what matters, stand there.
_FOCUS = (50, 40)
# Before the bytes of a piece: the focal point.
_HEAD = struct.Struct("!BB")
_COLOURS_OF_A_DRAWING = 256


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why there is no picture, as the end of a sentence that begins with its name."""

    reason: str


@dataclass(frozen=True, slots=True)
class CutPicture:
    """A picture and its files by name; `width` and `height` are those of what came, upright."""

    picture: Picture
    files: dict[str, bytes] = field(repr=False)
    width: int
    height: int


def piece_of(data: bytes, focus: tuple[int, int] | None) -> bytes:
    """A picture and its focal point as the bytes that go to another process."""
    return _HEAD.pack(*(focus or _FOCUS)) + data


def cut_piece(piece: bytes) -> CutPicture | Unusable:
    """What `cut_picture` makes of a piece."""
    return cut_picture(piece[_HEAD.size :], _HEAD.unpack_from(piece))


def cut_picture(data: bytes, focus: tuple[int, ...] = _FOCUS) -> CutPicture | Unusable:
    """The cuts of a picture, whatever the bytes; MemoryError alone is raised.

    `focus` is the point that stays in each of them, in percent from the left and from the top.
    """
    if len(data) > LARGEST:
        return Unusable(f"is over {LARGEST // 1_000_000} MB ({len(data):,} bytes)")
    if b"<svg" in data[:1000].lower():
        return Unusable("is an SVG drawing, which no mail program shows: save it as PNG")
    # Ours is below, by pixels and for every format.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(BytesIO(data), formats=tuple(_DECODERS))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - of a stranger's bytes a decoder may raise anything
        return Unusable(
            "is damaged, too large, or of a kind that is not read here: JPEG, PNG, WebP, AVIF and "
            "GIF are"
        )
    if image.width * image.height > MOST_PIXELS:
        shape, most = shape_of(image.width, image.height), MOST_PIXELS // 1_000_000
        return Unusable(f"has {shape} pixels; {most} million are the most")
    try:
        return _cut(image, focus)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return Unusable("is damaged: it cannot be decoded to its end")


def shape_of(width: int, height: int) -> str:
    """Width and height as people write them."""
    return f"{width:,} × {height:,}"  # noqa: RUF001


def _cut(opened: Image.Image, focus: tuple[int, ...]) -> CutPicture | Unusable:
    # A JPEG is decoded at a half, a quarter or an eighth, where that is enough.
    full_width, full_height = opened.size
    opened.draft(None, (WIDE[0], WIDE[0]))
    image = _eight_bits(opened)
    is_drawing = opened.format in ("PNG", "GIF") and _is_drawing(image)
    ImageOps.exif_transpose(image, in_place=True)
    if (image.width > image.height) != (full_width > full_height):
        full_width, full_height = full_height, full_width
    if image.width < _SMALLEST[0] or image.height < _SMALLEST[1]:
        shape = shape_of(full_width, full_height)
        return Unusable(f"is {shape} pixels: too small to be shown")
    image = _opaque(_in_srgb(_shrunk(image)))
    files: dict[str, bytes] = {}
    column_height = min(round(COLUMN * image.height / image.width), round(COLUMN * _TALLEST))

    def cut(size: tuple[int, int]) -> PictureFile:
        return _encoded(_fitted(image, size, focus), files, is_drawing=is_drawing)

    picture = Picture(
        alt="",
        column=cut((COLUMN, column_height)),
        small=cut(SMALL),
        wide=cut(WIDE) if image.width >= _NARROWEST_WIDE else None,
    )
    return CutPicture(picture, files, full_width, full_height)


def _is_drawing(image: Image.Image) -> bool:
    """Whether it is drawn in few colours, as diagrams are: PNG keeps their edges, in less room."""
    return image.getcolors(_COLOURS_OF_A_DRAWING) is not None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Any mode as L, RGB, RGBA or CMYK, of eight bits a channel."""
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        image.load()
        return image
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value * (1 / 256) + 0).convert("L")
    has_alpha = image.mode in ("LA", "PA", "La") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _shrunk(image: Image.Image) -> Image.Image:
    """No larger than the largest cut needs."""
    scale = max(WIDE[0] / image.width, WIDE[1] / image.height)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Its colours as every screen takes them, by its profile where it has one that can be read."""
    profile = image.info.get("icc_profile")
    if profile and image.mode != "L":
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            changed = ImageCms.profileToProfile(
                image, own, ImageCms.createProfile("sRGB"), outputMode=mode
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that is no profile: the numbers as they are
        else:
            return changed if changed is not None else image
    return image if image.mode == "RGBA" else image.convert("RGB")


def _opaque(image: Image.Image) -> Image.Image:
    """What shows through is white: a drawing in black would vanish on a dark page."""
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.info = {}  # with it go comments, which would be written again
    return image


def _fitted(image: Image.Image, size: tuple[int, int], focus: tuple[int, ...]) -> Image.Image:
    """Cropped to a shape and scaled to its size; smaller where it has not so many pixels."""
    scale = min(1.0, image.width / size[0], image.height / size[1])
    target = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    centre = (focus[0] / 100, focus[1] / 100)
    return ImageOps.fit(image, target, Image.Resampling.LANCZOS, centering=centre)


def _encoded(image: Image.Image, files: dict[str, bytes], *, is_drawing: bool) -> PictureFile:
    """The cut in the form that is smaller, at most MOST_BYTES of it."""
    data, ending = _jpeg(image), "jpg"
    while len(data) > MOST_BYTES:  # a picture of noise
        image = image.resize((round(image.width * 0.8), round(image.height * 0.8)))
        data = _jpeg(image)
    if is_drawing:
        drawn = _saved(image.quantize(_COLOURS_OF_A_DRAWING), format="PNG", optimize=True)
        if len(drawn) <= len(data):
            data, ending = drawn, "png"
    webp = _saved(image, format="WEBP", quality=78, method=4)
    name, webp_name, avif_name = _name_of(data, ending), _name_of(webp, "webp"), ""
    files[name], files[webp_name] = data, webp
    if image.width > COLUMN:  # below that it saves next to nothing
        avif = _saved(image, format="AVIF", quality=52, speed=8, max_threads=1)
        if len(avif) < len(webp) * _WORTH_IT:
            avif_name = _name_of(avif, "avif")
            files[avif_name] = avif
    return PictureFile(name, webp_name, image.width, image.height, len(data), avif_name)


def _jpeg(image: Image.Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        data = _saved(image, format="JPEG", quality=quality, optimize=True, progressive=True)
        if len(data) <= MOST_BYTES:
            break
    return data


def _saved(image: Image.Image, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, **options)
    return file.getvalue()


def _name_of(data: bytes, ending: str) -> str:
    return f"{hashlib.sha256(data).hexdigest()[:32]}.{ending}"
